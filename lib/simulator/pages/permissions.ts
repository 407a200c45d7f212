import type { User } from '../core/ledger.ts';
import type { Permission } from '../core/permissions.ts';
import type { Site } from '../core/vocabulary.ts';
import type { Answer } from '../http.ts';
import { hiddenField } from './fields.ts';
import { html, type Markup } from './html.ts';
import { choicesClass, initials, renderPage } from './layout.ts';

type PermissionsPage = {
  readonly site: Site;
  readonly user: User;
  readonly permissions: readonly Permission[];
  /** Whether something was changed just now. */
  readonly saved: boolean;
};

/** My Exact Online, Security centre, Permissions for my apps: all of it on one page. */
export function permissionsPage({ site, user, permissions, saved }: PermissionsPage): Answer {
  const main = html`<div class="person"><span class="initials" aria-hidden="true">${initials(user.fullName)}</span>
<p class="who">Signed in as <b><bdi>${user.fullName}</bdi></b><br><bdi>${user.email}</bdi></p></div>
<h1>Permissions for my apps</h1>
<p class="lead">My Exact Online, Security centre.</p>
${saved ? html`<p class="note" role="status">Saved.</p>` : null}
${permissions.length === 0 ? html`<p class="none">No app has a permission of yours.</p>` : permissions.map((each) => app(each, user))}`;
  return renderPage({
    site,
    title: 'Permissions for my apps',
    pitch: 'What you allowed, and what you can take back.',
    main,
  });
}

function app({ client, divisions, chooses }: Permission, user: User): Markup {
  return html`<form method="post" action="/__permissions">
${hiddenField('client_id', client.clientId)}
<fieldset>
<legend>Manage administrations of <bdi>${client.name}</bdi></legend>
${
  chooses
    ? html`<div class="${choicesClass(user.divisions)}">
${user.divisions.map((division) => choice(division, divisions.includes(division.code)))}
</div>`
    : html`<p class="note">This app is not published, so it reaches all of your companies.</p>`
}
</fieldset>
<div class="buttons">
${chooses ? html`<button type="submit" name="act" value="save">Save</button>` : null}
<button type="submit" name="act" value="revoke" class="quiet">Revoke</button>
</div>
</form>
`;
}

function choice({ code, description, country, current }: User['divisions'][number], ticked: boolean): Markup {
  const box = ticked
    ? html`<input type="checkbox" name="division" value="${code}" checked>`
    : html`<input type="checkbox" name="division" value="${code}">`;
  return html`<label class="choice">
${box}
<span class="who"><span class="name"><bdi>${description}</bdi></span>
<span class="more">${code} · ${country}</span></span>
${current ? html`<span class="badge">Open now</span>` : null}
</label>
`;
}
