/** One run of a turn. The attempt is the fence: a write with an older one changes nothing. */
export interface TurnRun {
  turnId: string;
  sessionId: string;
  attempt: number;
}
