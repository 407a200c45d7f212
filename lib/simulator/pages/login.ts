import type { AuthorizeRequest } from '../core/authorize.ts';
import type { User } from '../core/ledger.ts';
import type { Behaviour } from '../core/personas.ts';
import type { Site } from '../core/vocabulary.ts';
import type { Answer } from '../http.ts';
import { hiddenField, requestFields } from './fields.ts';
import { html, type Markup } from './html.ts';
import { AT_A_GLANCE, choicesClass, initials, renderPage } from './layout.ts';
import { personaChoice } from './persona.ts';

type LoginPage = {
  readonly site: Site;
  readonly users: readonly User[];
  readonly request: AuthorizeRequest;
  readonly app: string | undefined;
  /** What was typed into the search field; empty shows everybody. */
  readonly find: string;
  readonly behaviour: Behaviour;
  readonly problem?: string;
};

export function loginPage({ site, users, request, app, find, behaviour, problem }: LoginPage): Answer {
  const found = users.filter((user) => matches(user, find));
  const main = html`<h1>Sign in</h1>
<p class="lead">${app === undefined ? 'Choose who you are.' : html`to continue to <strong><bdi>${app}</bdi></strong>`}</p>
${problem === undefined ? null : html`<p class="problem" role="alert">${problem}</p>`}
${users.length > AT_A_GLANCE || find !== '' ? searchForm(request, find) : null}
<form method="post" action="/__login">
${requestFields(request)}
<fieldset>
<legend>Simulated users${users.length > AT_A_GLANCE ? ` · ${found.length} of ${users.length}` : ''}</legend>
${found.length === 0 ? nobody(find) : people(found)}
</fieldset>
${found.length === 0 ? null : proceed(behaviour)}
</form>
<p class="note">The real service asks for a password and a one-time code here. The simulator asks for neither.</p>`;
  return renderPage({ site, title: 'Sign in', pitch: 'Pick a bookkeeper and see what they would see.', main });
}

function people(found: readonly User[]): Markup {
  return html`<div class="${choicesClass(found)} people">
${found.map((user, index) => choice(user, index === 0))}
</div>`;
}

function nobody(find: string): Markup {
  return html`<p class="none">Nobody’s name, login or company contains “<bdi>${find}</bdi>”.</p>`;
}

function proceed(behaviour: Behaviour): Markup {
  return html`${personaChoice(behaviour)}
<div class="buttons"><button type="submit">Sign in</button></div>`;
}

/** A page of its own per search, so that it works without script. It asks for a login, or a session would skip the page. */
function searchForm(request: AuthorizeRequest, find: string): Markup {
  return html`<form class="search" method="get" action="/api/oauth2/auth" role="search">
${requestFields(request)}${hiddenField('force_login', '1')}
<label for="find">Find a person or company</label>
<input id="find" type="search" name="__find" value="${find}" autocomplete="off">
<button type="submit" class="quiet">Find</button>
</form>`;
}

function choice(user: User, checked: boolean): Markup {
  const [first, ...others] = user.divisions;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return html`<label class="choice">
<input type="radio" name="user" value="${user.userName}" required${checked ? html` checked` : null}>
<span class="initials" aria-hidden="true">${initials(user.fullName)}</span>
<span class="who"><span class="name"><bdi>${user.fullName}</bdi></span>
<span class="more">${first === undefined ? 'No companies' : html`<bdi>${first.description}</bdi>${more}`}</span></span>
</label>
`;
}

function matches(user: User, find: string): boolean {
  const said = [user.fullName, user.userName, ...user.divisions.map((division) => division.description)];
  return said.some((each) => plain(each).includes(plain(find)));
}

/** Without case and accents, as people type names. */
function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').trim().toLowerCase();
}
