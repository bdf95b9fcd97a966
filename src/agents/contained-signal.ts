type Listener = (this: AbortSignal, event: Event) => unknown;
interface ListenerObject {
  handleEvent: (event: Event) => unknown;
}

/**
 * A signal whose listeners cannot end the process. Node reports errors and rejections of listeners as uncaught
 * exceptions; here they are passed to `onError`. The signal is still a real AbortSignal, so it works with `fetch` and
 * `AbortSignal.any`. Listeners of derived signals are not covered.
 */
export function containListeners(signal: AbortSignal, onError: (error: unknown) => void): AbortSignal {
  const prototype = Object.getPrototypeOf(signal) as AbortSignal;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  // One wrapper per listener, so that a listener that is added twice is called once and can be removed.
  const containedListeners = new WeakMap<object, Listener>();
  const contained = (listener: unknown): unknown => {
    if (!isListener(listener)) return listener;
    let known = containedListeners.get(listener);
    if (!known) {
      known = contain(signal, listener, onError);
      containedListeners.set(listener, known);
    }
    return known;
  };
  let onabort: Listener | null = null;
  return Object.defineProperties(signal, {
    addEventListener: {
      writable: true,
      configurable: true,
      value: (type: string, listener: unknown, options?: Parameters<typeof add>[2]) => {
        add(type, contained(listener) as Listener, options);
      },
    },
    removeEventListener: {
      writable: true,
      configurable: true,
      value: (type: string, listener: unknown, options?: Parameters<typeof remove>[2]) => {
        remove(type, contained(listener) as Listener, options);
      },
    },
    onabort: {
      configurable: true,
      get: () => onabort,
      set: (listener: unknown) => {
        onabort = typeof listener === 'function' ? (listener as Listener) : null;
        Reflect.set(prototype, 'onabort', contained(onabort), signal);
      },
    },
  });
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
