import { Logger } from '@nestjs/common';

/** Nest's logger for the module's own work: a logger of the host that throws does not stop that work. */
export class ContainedLogger extends Logger {
  override error(message: string): void {
    contain(() => {
      super.error(message);
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
    // There is no other place to report it.
  }
}
