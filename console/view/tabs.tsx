import { useSignal } from '@preact/signals';
import type { ComponentChild, VNode } from 'preact';
import { useId, useRef } from 'preact/hooks';

interface Tab {
  name: string;
  panel: () => ComponentChild;
}

/** Panels of which one is shown, with the keys of the ARIA pattern: arrows, Home and End. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }): VNode {
  const id = useId();
  const shown = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = nextIndex(event.key, shown.value, tabs.length);
    if (next === undefined) return;
    event.preventDefault();
    shown.value = next;
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map(({ name }, index) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-tab-${index}`}
            aria-controls={`${id}-panel`}
            aria-selected={index === shown.value}
            tabIndex={index === shown.value ? 0 : -1}
            onClick={() => {
              shown.value = index;
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div
        key={shown.value}
        class="panel"
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-tab-${shown.value}`}
      >
        {tabs[shown.value]?.panel()}
      </div>
    </>
  );
}

function nextIndex(key: string, index: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return (index + 1) % count;
    case 'ArrowLeft':
      return (index + count - 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
