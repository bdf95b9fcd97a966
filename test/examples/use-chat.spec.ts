import { describeExamplePage } from './example-page.js';

describeExamplePage('useChat', {
  example: 'use-chat',
  option: 'aiSdk',
  route: '/ai-sdk',
  alias: { ai: 'ai-7' },
  field: 'input',
  toolCalls: '[data-state=output-available]',
  callsAtApproval: 1,
});
