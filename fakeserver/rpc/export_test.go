package rpc

// BufferSize returns how much memory the reader holds, in bytes.
func (r *Reader) BufferSize() int { return len(r.buf) }
