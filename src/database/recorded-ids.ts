import type { TurnResult } from '../agents/turn-output.js';
import { idsOf, type StreamedMessages } from '../messages/streamed-ids.js';

/** The ids of the messages that a turn records, and the index of the first that belongs to it. */
export function recordedIds(
  { turnId }: { turnId: string },
  { messages, firstNew, replacesHistory }: TurnResult,
  streamed: StreamedMessages,
): { ids: string[]; firstNew: number } {
  const turn = { turnId, firstNew: firstNew ?? 0, isAsked: !replacesHistory || firstNew !== undefined };
  return { ids: idsOf(messages, turn, streamed), firstNew: turn.firstNew };
}
