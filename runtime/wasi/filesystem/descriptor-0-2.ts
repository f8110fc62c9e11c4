/** `wasi:filesystem/types@0.2` descriptor: with streams of `wasi:io`. @module */
import { InputStream, OutputStream } from '../io/index.ts'
import { entriesOf, FileDescriptor, sinkAt, sourceAt } from './descriptor.ts'
import { DirectoryEntryStream } from './directory-entry-stream.ts'

export class Descriptor extends FileDescriptor {
  readViaStream(offset: bigint): InputStream {
    return new InputStream(sourceAt(this, offset))
  }

  writeViaStream(offset: bigint): OutputStream {
    return new OutputStream(sinkAt(this, offset))
  }

  appendViaStream(): OutputStream {
    return new OutputStream(sinkAt(this, 'end'))
  }

  readDirectory(): DirectoryEntryStream {
    return new DirectoryEntryStream(entriesOf(this))
  }
}
