// Types of the parts that are used of libraries that bring none.

declare module 'spdx-expression-parse' {
  export type SpdxTree =
    | { readonly license: string; readonly plus?: true; readonly exception?: string }
    | { readonly left: SpdxTree; readonly conjunction: 'and' | 'or'; readonly right: SpdxTree }
  /** Throws when the text is not an SPDX expression. */
  export default function parse(text: string): SpdxTree
}
