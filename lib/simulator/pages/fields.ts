import type { AuthorizeRequest } from '../core/authorize.ts';
import { html, type Markup } from './html.ts';

/** The authorize request travels through every form in hidden fields, under the names it came with. */
export function requestFields(request: AuthorizeRequest): Markup {
  return html`${[
    hiddenField('client_id', request.clientId),
    hiddenField('redirect_uri', request.redirectUri),
    hiddenField('response_type', request.responseType),
    ...(request.state === null ? [] : [hiddenField('state', request.state)]),
  ]}`;
}

export function hiddenField(name: string, value: string): Markup {
  return html`<input type="hidden" name="${name}" value="${value}">
`;
}
