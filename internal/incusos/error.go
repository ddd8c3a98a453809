package incusos

import (
	"errors"
	"strings"
	"unicode"
)

// Kind says what stood in the way.
type Kind string

// The kinds of an Error. Failed, the zero value, is everything that a run must report as a failure.
const (
	Failed     Kind = ""
	NotIncusOS Kind = "not IncusOS"  // the server runs something else, or its Incus does not pass the API on
	NoRights   Kind = "no rights"    // IAB's certificate is restricted to projects
	NoState    Kind = "no state"     // the application has nothing to archive
	Refused    Kind = "refused"      // nothing was sent to the server: the order or the archive is wrong
	NotThere   Kind = "not there"    // nothing is known of it, such as an application that is not installed
	NoMember   Kind = "no member"    // the cluster has no such member
	Unanswered Kind = "no answer"    // nobody is there, or the service of IncusOS is down
	Damaged    Kind = "damaged"      // an archive that can't be read to its end
	Locked     Kind = "not readable" // an encrypted archive without its identity
)

// Error is one sentence about what could not be done, and what a person can do about it.
type Error struct {
	Text string
	Hint string // may be empty
	Kind Kind
	Err  error // the cause, may be nil
}

func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Advice returns the hint.
func (e *Error) Advice() string { return e.Hint }

// kindOf returns the kind of an error, Failed for any that is not an *Error.
func kindOf(err error) Kind {
	var own *Error
	if errors.As(err, &own) {
		return own.Kind
	}
	return Failed
}

// skippable reports whether there is simply nothing that could be archived, so that a run goes on without a failure.
func skippable(err error) bool {
	switch kindOf(err) {
	case NotIncusOS, NoRights, NoState:
		return true
	}
	return false
}

// adviceOf returns the hint of an error that has one.
func adviceOf(err error) string {
	var advice interface{ Advice() string }
	if errors.As(err, &advice) {
		return advice.Advice()
	}
	return ""
}

// foreignLimit bounds what is repeated of a text that a server sent, in bytes.
const foreignLimit = 300

// foreign makes a text that a server sent fit for one line on a terminal.
func foreign(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > foreignLimit {
		text = strings.ToValidUTF8(text[:foreignLimit], "") + "…"
	}
	return text
}
