import { type AuthorizeRequest, choosesDivisions } from '../core/authorize.ts';
import type { Client, Division, User } from '../core/ledger.ts';
import type { Behaviour } from '../core/personas.ts';
import type { Site } from '../core/vocabulary.ts';
import type { Answer } from '../http.ts';
import { hiddenField, requestFields } from './fields.ts';
import { html, type Markup } from './html.ts';
import { choicesClass, initials, renderPage } from './layout.ts';
import { personaNote } from './persona.ts';
import { inWords } from './scopes.ts';

type ConsentPage = {
  readonly site: Site;
  readonly client: Client;
  readonly user: User;
  readonly request: AuthorizeRequest;
  readonly behaviour: Behaviour;
  /** Whoever was chosen at sign-in, where that is not who consents. */
  readonly chosen: User;
  /** Where the same request starts over with another user. */
  readonly switchUser: string;
  /** By which the form says who signed in elsewhere. */
  readonly ticket: string | undefined;
};

const SHOWN_AT_FIRST = 6;

export function consentPage(page: ConsentPage): Answer {
  const { site, client, user, request, behaviour, ticket } = page;
  const main = html`${person(page)}
${personaNote(behaviour)}
<h1>Allow <bdi>${client.name}</bdi> to use your bookkeeping?</h1>
<p class="lead">The app keeps this access until you withdraw it.</p>
<dl class="terms">
${term('Purpose', html`<bdi>${client.purpose}</bdi>`)}
${term('Data', client.scopes.length === 0 ? html`Everything you may see and change yourself` : list(client.scopes.map(inWords)))}
${term('Shared with', client.thirdParties.length === 0 ? html`No third parties` : list(client.thirdParties))}
${term('Returns to', html`${new URL(client.redirectUri).host}`)}
</dl>
<form method="post" action="/__consent">
${requestFields(request)}${hiddenField('persona', behaviour.id)}${ticket === undefined ? null : hiddenField('__ticket', ticket)}
${companies(client, user)}
<div class="buttons">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny" class="quiet">Deny</button>
</div>
</form>
<form id="sign-out" method="post" action="/__signout">
${requestFields(request)}</form>`;
  return renderPage({ site, title: 'Allow access', pitch: 'You decide which app may use your bookkeeping.', main });
}

/** The button belongs to the form at the foot: the form that decides has to be the first on the page. */
function person({ user, chosen, switchUser }: ConsentPage): Markup {
  const instead = chosen.id === user.id ? null : html`<br>You chose <bdi>${chosen.fullName}</bdi>.`;
  return html`<div class="person"><span class="initials" aria-hidden="true">${initials(user.fullName)}</span>
<p class="who">Signed in as <b><bdi>${user.fullName}</bdi></b><br><bdi>${user.email}</bdi>${instead}</p>
<p class="ways"><a href="${switchUser}">Switch</a> <button type="submit" form="sign-out" class="plain">Sign out</button></p></div>`;
}

function term(name: string, meaning: Markup): Markup {
  return html`<div><dt>${name}</dt><dd>${meaning}</dd></div>`;
}

/** A long list keeps its head in sight, and the decision with it. */
function list(items: readonly string[]): Markup {
  const rest = items.slice(SHOWN_AT_FIRST);
  const more = html`<details><summary>and ${rest.length} more</summary>${bullets(rest)}</details>`;
  return html`${bullets(items.slice(0, SHOWN_AT_FIRST))}${rest.length === 0 ? null : more}`;
}

function bullets(items: readonly string[]): Markup {
  return html`<ul>${items.map((item) => html`<li><bdi>${item}</bdi></li>`)}</ul>`;
}

function companies(client: Client, user: User): Markup {
  if (!choosesDivisions(client)) {
    return html`<p class="note">This app is not published, so it reaches all ${user.divisions.length} of your companies.</p>`;
  }
  if (user.divisions.length === 0) return html`<p class="note">You have no companies, so the app will see none.</p>`;
  return html`<fieldset>
<legend>Companies this app may use</legend>
<div class="${choicesClass(user.divisions)}">
${user.divisions.map(choice)}
</div>
</fieldset>`;
}

function choice(division: Division): Markup {
  const owner = division.customerName === division.description ? null : html` · <bdi>${division.customerName}</bdi>`;
  return html`<label class="choice">
<input type="checkbox" name="division" value="${division.code}" checked>
<span class="who"><span class="name"><bdi>${division.description}</bdi></span>
<span class="more">${division.code} · ${division.country}${owner}</span></span>
${division.current ? html`<span class="badge">Open now</span>` : null}
</label>
`;
}
