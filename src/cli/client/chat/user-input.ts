import type { ChatInput, PossibleAnswer } from './chat-input.js';
import type { Screen } from './screen.js';

interface Question {
  question: string;
  header: string;
  multiSelect: boolean;
  options: { label: string; description: string }[];
}

/** The questions of a `user_input`; undefined if they are none. */
export function readQuestions({ questions }: Record<string, unknown>): Question[] | undefined {
  if (!Array.isArray(questions) || questions.length === 0) return undefined;
  const read = questions.map(readQuestion);
  return read.every((question) => question !== undefined) ? read : undefined;
}

function readQuestion(given: unknown): Question | undefined {
  const { question, header, multiSelect, options } = Object(given) as Record<string, unknown>;
  if (typeof question !== 'string' || !Array.isArray(options)) return undefined;
  const read = options.map((option: unknown) => {
    const { label, description } = Object(option) as Record<string, unknown>;
    return { label: text(label), description: text(description) };
  });
  return { question, header: text(header), multiSelect: multiSelect === true, options: read };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Asks each question with its options by number. */
export async function answerQuestions(
  questions: Question[],
  input: ChatInput,
  screen: Screen,
): PossibleAnswer {
  const answers: [string, string | string[]][] = [];
  for (const question of questions) {
    const answer = await choose(question, input, screen);
    if (answer === undefined) return undefined;
    answers.push([question.question, answer]);
  }
  return { value: { answers: Object.fromEntries(answers) } };
}

async function choose(
  { question, header, multiSelect, options }: Question,
  input: ChatInput,
  screen: Screen,
): Promise<string | string[] | undefined> {
  const other = options.length + 1;
  screen.question(header ? `${header}: ${question}` : question);
  for (const [index, { label, description }] of options.entries()) {
    screen.note(`  ${index + 1}. ${label}${description && ` - ${description}`}`);
  }
  screen.note(`  ${other}. Other`);
  const prompt = multiSelect ? 'Numbers, such as 1,2: ' : 'Number: ';
  for (;;) {
    const line = await input.ask(prompt);
    if (line === undefined) return undefined;
    const numbers = [
      ...new Set(
        line
          .split(/[\s,]+/)
          .filter(Boolean)
          .map(Number),
      ),
    ];
    const isValid = numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= other);
    if (!isValid || numbers.length === 0 || (numbers.length > 1 && !multiSelect)) {
      screen.failure(`Type ${multiSelect ? 'numbers' : 'a number'} from 1 to ${other}.`);
      continue;
    }
    const chosen = options.filter((_, index) => numbers.includes(index + 1)).map(({ label }) => label);
    if (numbers.includes(other)) {
      const own = await input.ask('Your answer: ');
      if (own === undefined) return undefined;
      chosen.push(own);
    }
    return multiSelect ? chosen : chosen[0];
  }
}
