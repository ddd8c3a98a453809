// Package cli is what a person and a script see: commands, flags, terminals, texts and exit codes. It alone reads the
// clock. Rules of the words on screen: results go to stdout, logs and progress to stderr; an error is one sentence
// (verb, object, cause), its hint stands on a line of its own; nothing secret is ever printed.
package cli
