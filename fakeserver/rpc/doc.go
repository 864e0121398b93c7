// Package rpc is libvirt's wire: frames, XDR, the table of typed procedures
// and the wire form of an error. It knows no hypervisor and no connection.
package rpc
