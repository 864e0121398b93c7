// Package netfault does faults on bytes: a [Conn] stands between the server and a
// connection, and cuts, resets, stalls, paces, changes or gathers what passes, in
// either direction.
//
//	c := netfault.Wrap(accepted, clock.Real())
//	disarm := c.Arm(fault.Cut{Place: fault.Place{After: 100}}, c.Offset(fault.ToClient), nil)
//
// A Conn counts the bytes that pass, from the connection's first. An action is
// armed for the byte at base plus its Place.After: what comes before passes as if
// nothing were there, in the same slices, and reaches the client whatever then
// happens to the connection.
//
// # When an action begins
//
// To the client, an action that ends something (Cut, Reset, HalfClose) acts as
// soon as the byte before its place has passed, or at once if it had when the
// action was armed. From the client, it acts when the server reads the byte at its
// place, whether or not the client has sent it; a server that waits in Read when
// the action is armed is woken for it. The others act on the bytes from
// their place on that have not passed yet. A Write that was under way when an
// action was armed passes as a whole.
//
// # Several actions in one direction
//
// All see the same offsets, those of the bytes as the server reads and writes
// them. They apply in this order, whatever order they were armed in:
//
//  1. Coalesce gathers; what it holds is let go when the place of an action of
//     step 3 lies in it. Of several, the first armed counts.
//  2. Corrupt changes; several XOR the same byte one after the other.
//  3. At each place: Stall holds first, then the ends act in the order in which
//     they were armed. What is behind a Stall waits for it.
//  4. Throttle and Drip pace; the smallest piece and the longest wait count.
//
// # How connections end
//
// A Cut of a socket shuts it down for writing, and Close then reads and drops what
// the client still sends until that closes too, for at most [Linger]: a socket
// closed with unread bytes would reset the connection. So Close may take a while
// after a Cut; [Conn.CloseNow] does not, and ends a Close that waits.
//
// A Reset of TCP goes out once everything before it is sent and as good as
// acknowledged; if that takes time, Close waits for it, for at most Linger. Linux
// lets a client read what it has received before it tells of a reset; systems
// of BSD's kind throw it away. A unix socket has no resets: Linux tells the client
// of one if the socket is closed while it holds bytes from the client that nobody
// has read, and of an ordinary end if not. From the client, Reset therefore
// waits for the byte at its place. (A server that reads while the action is armed
// may get that byte, if it comes in the same moment.) To the client, it acts at
// once, and a client that has sent nothing behind its call sees the ordinary end.
package netfault
