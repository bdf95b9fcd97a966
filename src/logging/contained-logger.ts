import { Logger } from '@nestjs/common';

/** Nest's logger for the module's internal work: errors thrown by a logger of the host do not interrupt that work. */
export class ContainedLogger extends Logger {
  override error(message: string, stack?: string): void {
    contain(() => {
      if (stack === undefined) super.error(message);
      else super.error(message, stack);
    });
  }

  override warn(message: string): void {
    contain(() => {
      super.warn(message);
    });
  }

  override log(message: string): void {
    contain(() => {
      super.log(message);
    });
  }

  override debug(message: string): void {
    contain(() => {
      super.debug(message);
    });
  }
}

function contain(write: () => void): void {
  try {
    write();
  } catch {
    // The logger itself failed, so there is nowhere to report it.
  }
}
