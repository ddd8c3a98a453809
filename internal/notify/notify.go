// Package notify tells somebody outside how a run went.
//
// A notifier is made from plain strings, so that a failure can still be
// reported when the rest of the configuration is unusable. It never decides
// anything about a run: what goes wrong here is returned for the log and has
// no other effect.
//
// The address of a notifier is a secret, because who knows it can send in the
// operator's name. No error of this package, and no notifier when it is
// printed, shows more of it than scheme and host.
package notify

import (
	"context"
	"strings"
	"unicode/utf8"
)

// Message is what is told at the end of a run.
type Message struct {
	OK    bool   // whether all jobs of the run were carried out
	Title string // one line
	Body  string // the report as plain text, free of secrets; what matters most comes first, since receivers cut long texts at the end
}

// testMessage is what Test sends.
var testMessage = Message{Title: "IAB test message", Body: "This is a test by iab check --notify: messages of IAB arrive here. No run has ended."}

// Notifier is one receiver of messages.
//
// Start, Finish and Test respect their context, are safe to call side by side, and
// return errors that hold no secrets. A message may arrive twice when the
// receiver took it but was too slow to say so.
type Notifier interface {
	// Name is the receiver's kind as the log shows it, such as "gotify".
	Name() string
	// Start tells that a run begins.
	Start(ctx context.Context) error
	// Finish tells how the run ended.
	Finish(ctx context.Context, m Message) error
	// Test sends a message that says it is a test, and that nobody takes for the end of a run.
	Test(ctx context.Context) error
}

// Error says in one sentence what could not be read or sent, and why.
// It wraps nothing on purpose: the errors of the HTTP client spell out the
// whole address, so what stands below must not be within reach of a logger.
type Error struct {
	Text string // the sentence, free of secrets
	Hint string // what to do about it, may be empty
}

func (e *Error) Error() string { return e.Text }

// Advice returns the hint.
func (e *Error) Advice() string { return e.Hint }

// text is what a receiver that knows only one text is sent.
func (m Message) text(limit int) string {
	text := m.Body
	if strings.TrimSpace(text) == "" {
		text = m.Title
	}
	return cut(clean(text), limit)
}

// clean makes text storable everywhere: valid UTF-8 without NUL, which
// PostgreSQL refuses.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, string(utf8.RuneError)), "\x00", "")
}

// cut shortens valid UTF-8 to at most limit bytes, whole characters only, and
// says at its end that it did.
func cut(text string, limit int) string {
	const notice = "\n[cut here, the report is longer than the receiver can store]\n"
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit-len(notice)], "") + notice
}
