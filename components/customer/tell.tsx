/** What a page tells the window that opened it, and when: as it is shown, or as one of its forms is sent. */
export type Telling = {
  /** The one origin that may hear it; a window of any other hears nothing (TH11). */
  readonly origin: string;
  readonly news: readonly object[];
  /** `sent`: the action of that form. */
  readonly when: 'now' | { readonly sent: string };
};

// The same bytes for everyone: what differs stands in attributes, so no value is ever read as code.
const script =
  '(()=>{const{to,say,sent}=document.currentScript.dataset,w=window.opener,go=()=>JSON.parse(say).forEach(n=>w.postMessage({waxseal:n},to));if(w)sent?addEventListener("submit",e=>e.target.getAttribute("action")==sent&&go()):go()})()';

/** With an opener the partner's page is still there, behind this one: this window is closed, not led back to it. */
const alone = ';if(window.opener)document.querySelector(".back")?.remove()';

/** The only script a customer's page may have: it posts to the opener, under the response's nonce. Nothing depends on it. */
export function Tell({ nonce, telling: { origin, news, when } }: { nonce: string; telling: Telling }) {
  return (
    <script
      nonce={nonce}
      data-to={origin}
      data-say={JSON.stringify(news)}
      data-sent={when === 'now' ? undefined : when.sent}
      // biome-ignore lint/security/noDangerouslySetInnerHtml: a constant; as text its quotes would be escaped
      dangerouslySetInnerHTML={{ __html: script + alone }}
    />
  );
}
