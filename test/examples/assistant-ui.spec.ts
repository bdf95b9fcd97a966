import { describeExamplePage } from './example-page.js';

describeExamplePage('assistant-ui', {
  example: 'assistant-ui',
  option: 'agUi',
  route: '/ag-ui',
  field: 'textarea',
  toolCalls: '.tool',
  callsAtApproval: 2,
});
