export const TOKEN_PATH = '/api/oauth2/token';
export const API_PATH = '/api/v1/';
