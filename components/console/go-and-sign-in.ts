/** Leaves for the page that asks for a fresh sign-in, to come back to this one. `page` is what the server named. */
export function goAndSignIn(page: string): void {
  window.location.assign(`${page}?to=${encodeURIComponent(window.location.pathname)}`);
}
