import type { Behaviour } from '../core/personas.ts';
import type { Site } from '../core/vocabulary.ts';
import type { Answer } from '../http.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { personaNote } from './persona.ts';

type MessagePage = {
  readonly site: Site;
  readonly status: number;
  readonly title: string;
  readonly lead: string;
  readonly text: string;
  /** How the visit was played that ended here. */
  readonly behaviour?: Behaviour;
  /** The one way on, where there is one. */
  readonly next?: { readonly href: string; readonly label: string };
};

/** An end: says why, and rarely leads anywhere. */
export function messagePage({ site, status, title, lead, text, behaviour, next }: MessagePage): Answer {
  const main = html`<h1>${title}</h1>
<p class="lead">${lead}</p>
<p class="literal" role="alert">${text}</p>
${behaviour === undefined ? null : personaNote(behaviour)}
${next === undefined ? null : html`<p class="next"><a href="${next.href}">${next.label}</a></p>`}`;
  return renderPage({ site, status, title, pitch: 'This is as far as it goes.', main });
}
