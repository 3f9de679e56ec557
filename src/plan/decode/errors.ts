/** Why a file could not be read. */
export type DocumentErrorCode =
  | 'unsupported_format'
  | 'bad_encoding'
  | 'no_text'
  | 'damaged_document'
  | 'too_large'
  | 'empty_document';

/**
 * A file that cannot be read. Its message is in Chinese and meant for the person who put the file there: it
 * names the file, says what is wrong and what to do about it.
 */
export class DocumentError extends Error {
  readonly code: DocumentErrorCode;
  readonly fileName: string;

  /** `reason`: what is wrong and the remedy, in Chinese; the file's name is put before it. */
  constructor(code: DocumentErrorCode, fileName: string, reason: string, options?: ErrorOptions) {
    super(`文件“${fileName}”${reason}`, options);
    this.name = 'DocumentError';
    this.code = code;
    this.fileName = fileName;
  }
}

/** A DocumentError before the file's name is known: what the parts of a decoder throw. */
export class Unreadable extends Error {
  readonly code: DocumentErrorCode;

  /** `reason` as in DocumentError: it reads on after the file's name. */
  constructor(code: DocumentErrorCode, reason: string) {
    super(reason);
    this.name = 'Unreadable';
    this.code = code;
  }
}
