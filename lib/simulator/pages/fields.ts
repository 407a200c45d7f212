import type { AuthorizeRequest } from '../core/authorize.ts';
import { html, type Markup } from './html.ts';

/** The authorize request travels through both forms in hidden fields, under the names it came with. */
export function requestFields(request: AuthorizeRequest): Markup {
  const field = (name: string, value: string) => html`<input type="hidden" name="${name}" value="${value}">
`;
  return html`${[
    field('client_id', request.clientId),
    field('redirect_uri', request.redirectUri),
    field('response_type', request.responseType),
    ...(request.state === null ? [] : [field('state', request.state)]),
  ]}`;
}
