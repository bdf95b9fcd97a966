type Listener = (this: AbortSignal, event: Event) => unknown;
interface ListenerObject {
  handleEvent: (event: Event) => unknown;
}

type Options = Parameters<AbortSignal['addEventListener']>[2];

/** What is known of a contained signal. */
interface Containment {
  onError: (error: unknown) => void;
  /** One wrapper per listener, so that a listener that is added twice is called once and can be removed. */
  listeners?: WeakMap<object, Listener>;
  onabort: Listener | null;
}

const containments = new WeakMap<AbortSignal, Containment>();

let sharedPrototype: AbortSignal | undefined;

/**
 * The methods that take listeners, for all contained signals: properties of each would cost more than the signal. Made
 * at the first use, because the look at `AbortSignal` makes Node load it, and an import changes nothing in the process.
 */
function containedPrototype(): AbortSignal {
  return (sharedPrototype ??= Object.create(AbortSignal.prototype, CONTAINED) as AbortSignal);
}

const CONTAINED: PropertyDescriptorMap = {
  addEventListener: {
    writable: true,
    configurable: true,
    value(this: AbortSignal, type: string, listener: unknown, options?: Options) {
      AbortSignal.prototype.addEventListener.call(this, type, wrapped(this, listener) as Listener, options);
    },
  },
  removeEventListener: {
    writable: true,
    configurable: true,
    value(this: AbortSignal, type: string, listener: unknown, options?: Options) {
      AbortSignal.prototype.removeEventListener.call(
        this,
        type,
        wrapped(this, listener) as Listener,
        options,
      );
    },
  },
  onabort: {
    configurable: true,
    get(this: AbortSignal) {
      return containments.get(this)?.onabort ?? null;
    },
    set(this: AbortSignal, listener: unknown) {
      const containment = containments.get(this);
      if (!containment) return;
      containment.onabort = typeof listener === 'function' ? (listener as Listener) : null;
      Reflect.set(AbortSignal.prototype, 'onabort', wrapped(this, containment.onabort), this);
    },
  },
};

/**
 * A signal whose listeners cannot end the process. Node reports errors and rejections of listeners as uncaught
 * exceptions; here they are passed to `onError`. The signal is still a real AbortSignal, so it works with `fetch` and
 * `AbortSignal.any`. Listeners of derived signals are not covered.
 */
export function containListeners(signal: AbortSignal, onError: (error: unknown) => void): AbortSignal {
  containments.set(signal, { onError, onabort: null });
  return Object.setPrototypeOf(signal, containedPrototype()) as AbortSignal;
}

function wrapped(signal: AbortSignal, listener: unknown): unknown {
  const containment = containments.get(signal);
  if (!containment || !isListener(listener)) return listener;
  const listeners = (containment.listeners ??= new WeakMap());
  let known = listeners.get(listener);
  if (!known) {
    known = contain(signal, listener, containment.onError);
    listeners.set(listener, known);
  }
  return known;
}

function contain(
  signal: AbortSignal,
  listener: Listener | ListenerObject,
  onError: (error: unknown) => void,
): Listener {
  return (event) => {
    try {
      const result =
        typeof listener === 'function' ? listener.call(signal, event) : listener.handleEvent(event);
      if (typeof result === 'object' && result !== null) Promise.resolve(result).catch(onError);
    } catch (error) {
      onError(error);
    }
  };
}

function isListener(value: unknown): value is Listener | ListenerObject {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}
