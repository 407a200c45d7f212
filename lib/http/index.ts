export { faultOfUrl, type KnockFault, knock, post, type UrlFault } from './endpoint.ts';
export { type InboundResponse, type OutboundRequest, type Sent, send } from './send.ts';
