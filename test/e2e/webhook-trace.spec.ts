import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { context, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

import { Receiver } from '../support/receiver.js';
import { expressStacks, useApp } from '../support/stacks.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

/** Simulates an instrumentation of the host's HTTP server. */
function traced(_request: unknown, _response: unknown, next: () => void): void {
  const span = trace.wrapSpanContext({
    traceId: TRACE_ID,
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
  });
  context.with(trace.setSpan(context.active(), span), next);
}

describe.each(expressStacks)('the webhook of a host with OpenTelemetry on $name', (stack) => {
  const app = useApp(stack, {
    agent: () => 'ok',
    webhooks: { allowPrivateAddresses: true },
    configure: (host) => host.use(traced),
  });
  let receiver: Receiver;
  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    receiver = await Receiver.start();
  });
  afterAll(async () => {
    context.disable();
    await receiver.close();
  });

  it('contains the trace id of the message’s request', async () => {
    const id = await app.client.newSession();
    await app.client.ask(id, { content: 'hello', webhook: { url: receiver.url('/traced') } });
    const [received] = await receiver.gets('/traced');
    expect(received?.payload.trace_metrics.trace_id).toBe(TRACE_ID);
  });
});
