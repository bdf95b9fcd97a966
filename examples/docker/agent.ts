import type { AgentFunction } from 'nestjs-agent-sessions';

const agent: AgentFunction = ({ message }) => `You said: ${message.content ?? ''}`;

export default agent;
