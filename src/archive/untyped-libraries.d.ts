// Types of the parts that are used of libraries that bring none.

declare module 'lzma-native' {
  /** The native coder; answers every `code` call through `bufferHandler`. */
  class Stream {
    bufferHandler: (
      output: Buffer | null | undefined,
      processedChunks: number | undefined,
      error: Error | null | undefined,
      totalIn: number | null,
      totalOut: number | null,
    ) => void
    aloneDecoder(options: { memlimit: number }): void
    streamDecoder(options: { memlimit: number }): void
    code(input: Uint8Array | null, asynchronous: boolean): void
    setBufsize(bytes: number): void
    resetUnderlying(): void
  }
  const lzma: { Stream: typeof Stream }
  export default lzma
}

declare module 'unbzip2-stream/lib/bzip2.js' {
  type Bits = (count: number | null) => number
  const bzip2: {
    header(bits: Bits): number
    /** Decodes one block; null once the end of the stream was read and its checksum was right. */
    decompress(
      bits: Bits,
      write: (byte: number) => void,
      work: Int32Array,
      workSize: number,
      streamCrc: number,
    ): number | null
  }
  export default bzip2
}

declare module 'unbzip2-stream/lib/bit_iterator.js' {
  export default function bitIterator(
    nextBuffer: () => Uint8Array | undefined,
  ): ((count: number | null) => number) & { bytesRead: number }
}
