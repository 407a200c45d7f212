import { type Behaviour, PERSONA_IDS, PERSONAS } from '../core/personas.ts';
import { html, type Markup } from './html.ts';

/** The quiet choice on the login page; a persona that a test has set leaves none. */
export function personaChoice(behaviour: Behaviour): Markup {
  if (behaviour.setInAdvance) return personaNote(behaviour);
  return html`<div class="behave">
<label for="persona">Behave as</label>
<select id="persona" name="persona">
${PERSONA_IDS.map(
  (id) => html`<option value="${id}"${id === behaviour.id ? html` selected` : null}>${PERSONAS[id].title}</option>
`,
)}</select>
<details><summary>What these do</summary>
<dl>${PERSONA_IDS.map((id) => html`<dt>${PERSONAS[id].title}</dt><dd>${PERSONAS[id].sentence}</dd>`)}</dl>
</details>
</div>`;
}

/** Says aloud that this visit is played; about somebody who agrees of their own accord there is nothing to say. */
export function personaNote({ id, setInAdvance }: Behaviour): Markup {
  if (id === 'agrees' && !setInAdvance) return html``;
  const { title, sentence } = PERSONAS[id];
  return html`<p class="played"><b>${setInAdvance ? 'A test has set how this visit goes' : 'This visit is played'}: ${title}.</b> ${sentence}</p>`;
}
