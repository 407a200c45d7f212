import type { AuthorizeRequest } from '../core/authorize.ts';
import type { Client, Division, User } from '../core/ledger.ts';
import type { Site } from '../core/vocabulary.ts';
import type { Answer } from '../http.ts';
import { requestFields } from './fields.ts';
import { html } from './html.ts';
import { initials, renderPage } from './layout.ts';

type ConsentPage = {
  readonly site: Site;
  readonly client: Client;
  readonly user: User;
  readonly request: AuthorizeRequest;
  /** Where the same request starts over with another user. */
  readonly switchUser: string;
};

export function consentPage({ site, client, user, request, switchUser }: ConsentPage): Answer {
  const main = html`<p class="person"><span class="initials" aria-hidden="true">${initials(user.fullName)}</span>
<span class="who">Signed in as <b>${user.fullName}</b><br>${user.email}</span>
<a href="${switchUser}">Switch</a></p>
<h1>Allow ${client.name} to use your bookkeeping?</h1>
<p class="lead">The app keeps this access until you withdraw it.</p>
<ul class="terms">
<li><b>Purpose</b><span>Connect your bookkeeping, and read and write it on your behalf</span></li>
<li><b>Returns to</b><span>${new URL(client.redirectUri).host}</span></li>
</ul>
<form method="post" action="/__consent">
${requestFields(request)}
<fieldset>
<legend>Companies this app may use</legend>
<div class="choices">
${user.divisions.map(choice)}
</div>
</fieldset>
<div class="buttons">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny" class="quiet">Deny</button>
</div>
</form>`;
  return renderPage({ site, title: 'Allow access', pitch: 'You decide which app may use your bookkeeping.', main });
}

function choice(division: Division) {
  const owner = division.customerName === division.description ? '' : ` · ${division.customerName}`;
  return html`<label class="choice">
<input type="checkbox" name="division" value="${division.code}" checked>
<span class="who"><span class="name">${division.description}</span>
<span class="more">${division.code} · ${division.country}${owner}${division.current ? ' · open now' : ''}</span></span>
</label>
`;
}
