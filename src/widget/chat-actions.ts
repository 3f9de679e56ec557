/**
 * What the chat's controls do.
 * @module
 */
import type { Api } from './api.ts';
import type { ChatActions, Peeked, Reading } from './chat-view.ts';
import type { Entry } from './conversation.ts';
import { answerAsMarkdown, answerAsText, copyText } from './copy.ts';
import type { Strings } from './locale.ts';
import type { Session } from './session.ts';
import { loadReader, saveFile } from './source.ts';
import type { Answer, Citation } from './types.ts';

/** How long a quote stays when the pointer has left its chip, so that the pointer can get to it. */
const PEEK_MS = 200;

/** What of the chat its controls work on. */
export interface Controlled {
  readonly api: Api;
  readonly session: Session;
  readonly strings: Strings;
  readonly planIds: readonly string[];
  /** For scripts that are loaded later. */
  readonly scriptNonce: string | undefined;
  readonly renderRoot: HTMLElement | DocumentFragment;
  readonly updateComplete: Promise<boolean>;
  opened: boolean;
  peeked: Peeked | undefined;
  reading: Reading | undefined;
  /** Id of the entry whose comment field is open. */
  commenting: string | undefined;
  open(): void;
  close(): void;
  ask(question: string): Promise<unknown>;
  /** Tells everyone, screen readers too. */
  announce(text: string): void;
  /** Dispatches an event; false if a listener prevented what usually follows. */
  tell(name: string, detail?: object): boolean;
  find(selector: string): HTMLElement | null;
  /** Lets the person scroll away from the entry that was kept in view. */
  letGo(): void;
}

/** The controls of one chat. */
export function chatActions(chat: Controlled): ChatActions {
  let unpeek: ReturnType<typeof setTimeout> | undefined;
  /** What had the focus before the source was opened. */
  let before: HTMLElement | undefined;

  const rate = async (entry: Entry, rating: 'up' | 'down', comment?: string): Promise<boolean> => {
    try {
      await chat.api.feedback(entry.answer?.id ?? '', rating, comment);
      chat.announce(chat.strings.thanks);
      return true;
    } catch (error) {
      chat.session.change(entry.id, { rating: undefined });
      chat.announce((error as Error).message);
      return false;
    }
  };

  const openSource = async (event: Event, citation: Citation, answer: Answer): Promise<void> => {
    const { ctrlKey, metaKey, shiftKey } = event as MouseEvent;
    // Whoever asks for another tab or window gets it from the link itself.
    if (ctrlKey || metaKey || shiftKey) return;
    event.preventDefault();
    chat.peeked = undefined;
    const chip = event.currentTarget as HTMLElement;
    if (!chat.tell('guiwen-citation', { citation, answer })) return;
    before = chip;
    if (await loadReader(chat.api.root, chat.scriptNonce)) chat.reading = { citation, answer };
    else window.open(chat.api.sourceUrl(citation), '_blank', 'noopener');
  };

  const actions: ChatActions = {
    sourceUrl: (citation) => chat.api.sourceUrl(citation),
    open: (event, citation, answer) => void openSource(event, citation, answer),
    closeSource: () => {
      chat.reading = undefined;
      void chat.updateComplete.then(() => before?.focus());
    },
    peek: (chip, citation) => {
      actions.keepPeek();
      chat.peeked = { chip, citation };
    },
    unpeek: () => {
      actions.keepPeek();
      unpeek = setTimeout(() => {
        chat.peeked = undefined;
      }, PEEK_MS);
    },
    keepPeek: () => clearTimeout(unpeek),

    toggle: () => (chat.opened ? chat.close() : chat.open()),
    ask: (question) => {
      void chat.ask(question);
      // The button that was pressed is about to go.
      void chat.updateComplete.then(() =>
        chat.find('.entry:last-child .asked')?.focus({ preventScroll: true }),
      );
    },
    submit: (event) => {
      event.preventDefault();
      if (chat.session.busy) return chat.session.stop();
      const field = chat.find('#question') as HTMLTextAreaElement;
      if (!field.value.trim()) return field.focus();
      void chat.ask(field.value);
      field.value = '';
      field.style.height = '';
    },
    typed: ({ target }) => {
      const field = target as HTMLTextAreaElement;
      field.style.height = 'auto';
      field.style.height = `${field.scrollHeight}px`;
    },
    keyed: (event) => {
      // Enter that confirms an input method's candidate is not a question yet; 229 is what some browsers say instead.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      if (!chat.session.busy) actions.submit(event);
    },
    retry: (entry) => void chat.session.retry(entry, chat.planIds),
    clear: () => {
      chat.session.clear();
      chat.reading = undefined;
      chat.announce('');
      chat.find('#question')?.focus();
    },
    scrolled: () => chat.letGo(),

    copy: async (answer, as) => {
      const text =
        as === 'text'
          ? answerAsText(answer)
          : answerAsMarkdown(answer, (citation) => chat.api.sourceUrl(citation));
      const copied = await copyText(text, chat.renderRoot);
      chat.announce(copied ? chat.strings.copied : chat.strings.copyFailed);
    },
    rate: (entry, rating) => {
      chat.session.change(entry.id, { rating });
      chat.commenting = entry.id;
      void rate(entry, rating);
    },
    comment: async (event, entry) => {
      event.preventDefault();
      const comment = String(new FormData(event.target as HTMLFormElement).get('comment')).trim();
      if (comment && !(await rate(entry, entry.rating ?? 'up', comment))) return;
      chat.commenting = undefined;
      chat.announce(chat.strings.thanks);
      // The button that was pressed is gone.
      chat.find(`[data-id="${entry.id}"] .asked`)?.focus({ preventScroll: true });
    },
    save: async () => {
      const ids = chat.session.conversation.entries.flatMap(({ answer }) => answer?.id ?? []);
      chat.announce(chat.strings.exporting);
      try {
        saveFile(await chat.api.export(ids), `${chat.strings.title}.docx`, chat.renderRoot);
        chat.announce('');
      } catch (error) {
        chat.announce(chat.strings.exportFailed + (error as Error).message);
      }
    },
  };
  return actions;
}
