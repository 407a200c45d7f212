import type { AuthorizeRequest } from '../core/authorize.ts';
import type { User } from '../core/ledger.ts';
import type { Site } from '../core/vocabulary.ts';
import type { Answer } from '../http.ts';
import { requestFields } from './fields.ts';
import { html } from './html.ts';
import { initials, renderPage } from './layout.ts';

type LoginPage = {
  readonly site: Site;
  readonly users: readonly User[];
  readonly request: AuthorizeRequest;
  readonly app: string | undefined;
  readonly problem?: string;
};

export function loginPage({ site, users, request, app, problem }: LoginPage): Answer {
  const main = html`<h1>Sign in</h1>
<p class="lead">${app === undefined ? 'Choose who you are.' : html`to continue to <strong>${app}</strong>`}</p>
${problem === undefined ? null : html`<p class="problem" role="alert">${problem}</p>`}
<form method="post" action="/__login">
${requestFields(request)}
<fieldset>
<legend>Simulated users</legend>
<div class="choices people">
${users.map((user, index) => choice(user, index === 0))}
</div>
</fieldset>
<div class="buttons"><button type="submit">Sign in</button></div>
</form>
<p class="note">The real service asks for a password and a one-time code here. The simulator asks for neither.</p>`;
  return renderPage({ site, title: 'Sign in', pitch: 'Pick a bookkeeper and see what they would see.', main });
}

function choice(user: User, checked: boolean) {
  const [first, ...others] = user.divisions;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return html`<label class="choice">
<input type="radio" name="user" value="${user.userName}" required${checked ? html` checked` : null}>
<span class="initials" aria-hidden="true">${initials(user.fullName)}</span>
<span class="who"><span class="name">${user.fullName}</span>
<span class="more">${first === undefined ? 'No companies' : `${first.description}${more}`}</span></span>
</label>
`;
}
