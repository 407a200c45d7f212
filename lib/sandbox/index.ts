export { addRegistration, shareWithSimulator } from './apps.ts';
export { type Advanced, AdvanceInput, advanceSandbox, longestAdvanceSeconds } from './clock.ts';
export {
  type PlayedApp,
  type PlayedRequest,
  PlayInput,
  readPlay,
  type SandboxPlay,
  setPlay,
} from './play.ts';
