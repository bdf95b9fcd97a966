// A webhook receiver that verifies signatures and processes each delivery once.
//
//   WEBHOOK_SECRET=whsec_… PORT=9000 node examples/webhook-receiver.mjs
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET);

// In production use a table with a unique column, so that the ids survive a restart.
const done = new Set();

createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  let result;
  try {
    // The raw body is verified: parsed and serialized again it may have different bytes.
    result = webhook.verify(body, request.headers);
  } catch {
    response.writeHead(401).end();
    return;
  }
  const id = request.headers['webhook-id'];
  if (!done.has(id)) {
    done.add(id);
    console.log(`${result.session_id} is ${result.status}: ${result.response?.content ?? result.error}`);
  }
  response.writeHead(204).end();
}).listen(Number(process.env.PORT ?? 9000), '127.0.0.1', () => console.log('Listening'));
