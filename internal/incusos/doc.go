// Package incusos archives the system and the applications of servers that run IncusOS, and any server's own definitions, into
// files, and brings archives back. It speaks HTTP on a connection that it is handed: the API of IncusOS is reached through
// Incus below /os (since 6.12, and 6.0.5 of the long-term line). What is decided (which archives a policy lets go, whether an
// archive may be restored) is decided in functions that talk to nobody.
package incusos
