/** The package comes without types; this is the part of its public face that we use. */
declare module 'simple-oauth2' {
  type Token = { readonly access_token: string; readonly refresh_token: string; readonly expires_at: Date };

  export class AccessToken {
    readonly token: Token;
    expired(expirationWindowSeconds?: number): boolean;
    refresh(): Promise<AccessToken>;
  }

  export class AuthorizationCode {
    constructor(options: {
      client: { id: string; secret: string };
      auth: { tokenHost: string; tokenPath: string; authorizePath: string };
      options?: { authorizationMethod: 'header' | 'body' };
    });
    authorizeURL(params: Record<string, string>): string;
    getToken(params: Record<string, string>): Promise<AccessToken>;
    createToken(token: object): AccessToken;
  }
}
