package guest

import (
	"errors"
	"syscall"
)

// Kind says what sort of obstacle an error is.
type Kind int

// The kinds of errors.
const (
	Unreachable Kind = iota // the socket is there, and nobody answers
	Outside                 // there is no socket: this is no instance, or its guest API is off
	NotRoot                 // this user may not ask
	Off                     // the server refuses to answer this instance, or to answer about that
	Missing                 // the key or image does not exist
	Malformed               // the answer, or the question, makes no sense
	Interrupted             // the context has ended
	Local                   // a file on this side can't be written
)

// Error is a request that the guest API did not fulfil, as one sentence with a hint.
type Error struct {
	Kind Kind
	Text string
	Hint string

	cause    error
	stumbled bool // the server may answer when it is asked again
}

func (e *Error) Error() string { return e.Text }

// Advice returns the hint, which may be empty.
func (e *Error) Advice() string { return e.Hint }

// Unwrap returns the end of the context for an interruption, else nil.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether an error is one of this package and of that kind.
func Is(err error, kind Kind) bool {
	var own *Error
	return errors.As(err, &own) && own.Kind == kind
}

const (
	hintOn   = "switch it on where the instance lives: incus config unset INSTANCE security.guestapi"
	hintDown = "the Incus server that this instance lives on may be down or restarting; try again"
)

const (
	errNoEntry     = syscall.ENOENT
	errNoDirectory = syscall.ENOTDIR
	errRefused     = syscall.ECONNREFUSED
	errPermission  = syscall.EACCES
)
