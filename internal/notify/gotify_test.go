package notify

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGotifyIsToldOfFailuresAndTestsOnly(t *testing.T) {
	server := record(t, status(http.StatusOK, `{"id":1}`))
	n := newGotify(t, server.URL+"/sub/message?token="+appToken+"&x=1", nil)
	err := errors.Join(
		n.Start(t.Context()),
		n.Finish(t.Context(), Message{OK: true, Title: "all done", Body: "3 jobs ok"}),
		n.Finish(t.Context(), failed()),
		n.Finish(t.Context(), Message{Title: "IAB failed\nearly"}),
		n.Test(t.Context()),
	)
	if err != nil {
		t.Fatal(err)
	}
	uri := "/sub/message?token=" + appToken + "&x=1"
	want := []request{
		{"POST", uri, "application/json", `{"title":"IAB: 1 of 3 jobs failed","message":"web1: no space left","priority":5}`},
		// Gotify refuses an empty message.
		{"POST", uri, "application/json", `{"title":"IAB failed early","message":"IAB failed\nearly","priority":5}`},
		{"POST", uri, "application/json", `{"title":"IAB test message","message":"This is a test by iab check --notify: messages of IAB arrive here. No run has ended.","priority":5}`},
	}
	if diff := cmp.Diff(want, server.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestGotifyMessageIsCutToWhatIsStored(t *testing.T) {
	server := record(t, nil)
	n := newGotify(t, server.URL+"/message?token="+appToken, nil)
	if err := n.Finish(t.Context(), Message{Title: strings.Repeat("t", 999), Body: strings.Repeat(`"ü`, 99_999)}); err != nil {
		t.Fatal(err)
	}
	var got struct{ Title, Message string }
	if err := json.Unmarshal([]byte(server.requests()[0].Body), &got); err != nil {
		t.Fatal(err)
	}
	if n := len(got.Message); n > gotifyLimit || n < gotifyLimit-4 {
		t.Errorf("a message of %d bytes, want about %d", n, gotifyLimit)
	}
	if n := len([]rune(got.Title)); n != gotifyTitleLimit {
		t.Errorf("a title of %d characters, want %d", n, gotifyTitleLimit)
	}
}

func TestGotifyRefusalIsQuotedInOneShortLine(t *testing.T) {
	tests := []struct {
		name string
		code int
		body string
		want string
		hint bool
	}{
		{"a line", 401, "\n token " + appToken + " is wrong\nsecond line", `the answer is 401 Unauthorized, "token [redacted] is wrong"`, true},
		{"a token in its own error", 500, "token=" + appToken, `the answer is 500 Internal Server Error, "token=[redacted]"`, false},
		{"a token in other case", 400, strings.ToUpper(appToken), `the answer is 400 Bad Request, "[redacted]"`, true},
		{"an address", 404, "no http://u:p@x.example/a?b=c here", `the answer is 404 Not Found, "no http://x.example/… here"`, true},
		{"a page", 403, "<html><title>" + appToken, `the answer is 403 Forbidden`, true},
		{"nothing", 502, "", `the answer is 502 Bad Gateway`, false},
		{"terminal control", 400, "a\x1b[31mb\tc", `the answer is 400 Bad Request, "a[31mb c"`, true},
		{"a long line", 400, strings.Repeat("long ", 100), `the answer is 400 Bad Request, "` + strings.Repeat("long ", 31) + `long…"`, true},
		{"an unknown status", 599, "", `the answer is 599`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := record(t, status(test.code, test.body))
			err := newGotify(t, server.URL+"/message?token="+appToken, nil).Finish(t.Context(), failed())
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff("notify gotify at "+server.URL+"/…: "+test.want, e.Text); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if (e.Hint != "") != test.hint {
				t.Errorf("hint %q, want one: %v", e.Hint, test.hint)
			}
		})
	}
}

func TestGotifyAddressesThatAreRefused(t *testing.T) {
	tests := []struct{ name, address, want string }{
		{"empty", "", "it is empty"},
		{"no scheme", "gotify.example/message?token=" + appToken, "it starts with neither http:// nor https://"},
		{"no host", "http:/message?token=" + appToken, "it names no host"},
		{"no token", "https://gotify.example/message", "it holds no token"},
		{"an empty token", "https://gotify.example/message?token=", "it holds no token"},
		{"a token under another name", "https://gotify.example/message?Token=" + appToken, "it holds no token"},
		{"a malformed query", "https://gotify.example/message?token=a;b" + appToken, "its query is malformed"},
		{"a token with a line break", "https://gotify.example/message?token=a%0ab" + appToken, "it holds characters that can't be printed"},
		{"a token that is not UTF-8", "https://gotify.example/message?token=%ff" + appToken, "it holds characters that can't be printed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, err := Gotify(test.address, nil)
			want := &Error{
				Text: "read the gotify URL: " + test.want,
				Hint: "iab.gotifyUrl should look like https://HOST/message?token=TOKEN with the token of a Gotify application",
			}
			if diff := cmp.Diff(error(want), err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if n != nil {
				t.Error("a notifier was returned as well")
			}
		})
	}
}
