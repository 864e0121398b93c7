// Package naming knows what things are called: procedures and events by the names
// and patterns that users write, the nearest name to one that is not there, which
// objects a call names, and patterns that mean objects.
package naming
