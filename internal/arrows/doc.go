// Package arrows holds the test that keeps the arrows between this module's
// packages: which may import which. It has nothing for others to use.
package arrows
