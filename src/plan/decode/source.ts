/** The formats a decoder can read. */
export type Format = 'txt' | 'md' | 'docx' | 'pdf';

/**
 * What a decoder makes of a file: lines of text. A table row is one line with its cells separated by tabs
 * (line breaks within a cell become a space, or nothing between two CJK characters); a page break is a form
 * feed at the start of a line; a heading known from the file's markup is a line that starts with '#' marks as
 * in Markdown.
 */
export interface Source {
  readonly format: Format;
  readonly text: string;
  /** True: line ends inside paragraphs are the page's, not the author's (pdf). */
  readonly wrapped?: boolean;
}
