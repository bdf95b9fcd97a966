import type { Provider } from '@nestjs/common';

import { AgUiAnswers } from '../../ui-protocols/ag-ui/ag-ui-answers.js';
import { AiSdkAnswers } from '../../ui-protocols/ai-sdk/ai-sdk-answers.js';
import { UiAcceptance } from '../../ui-protocols/sessions/ui-acceptance.js';
import { UiHistories } from '../../ui-protocols/sessions/ui-histories.js';
import { UiSessions } from '../../ui-protocols/sessions/ui-sessions.js';

/** What the routes of the UI protocols use. */
export const uiProtocolsProviders: Provider[] = [
  UiSessions,
  UiAcceptance,
  UiHistories,
  AgUiAnswers,
  AiSdkAnswers,
];
