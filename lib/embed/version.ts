/** The version of the embed script's source. A change of its bytes is a new version; a published one stays as it is. */
export const embedVersion = '1.1.0';
