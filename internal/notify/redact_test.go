package notify

import (
	"errors"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRedactLeavesSchemeAndHost(t *testing.T) {
	tests := []struct{ text, want string }{
		{"nothing to hide", "nothing to hide"},
		{"https://h.example", "https://h.example"},
		{"https://h.example/", "https://h.example"},
		{`Post "https://h.example:8443/message?token=T": EOF`, `Post "https://h.example:8443/…": EOF`},
		{"dial http://u:p@h.example: refused", "dial http://h.example/…: refused"},
		{"(see http://h.example/a), 'http://i.example?b'", "(see http://h.example/…), 'http://i.example/…'"},
		{"https://[::1]:8443/x#y and socks5://u@h.example", "https://[::1]:8443/… and socks5://h.example/…"},
		{"bad https://h.example:T0ken/x", "bad [redacted]"},
		{"bad https://%zzT0ken, https:///T0ken", "bad [redacted], [redacted]"},
	}
	for _, test := range tests {
		if got := Redact(test.text); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.text, got, test.want)
		}
	}
}

func TestValuesAreTakenOutInAllForms(t *testing.T) {
	s := newSecrets([]string{"abcd", "", "abcdefgh", `p"<w>&é/ x`})
	tests := []struct{ name, text, want string }{
		{"none of them", "abc defgh", "abc defgh"},
		{"one that begins like another", "abcdefgh abcdef", "[redacted] [redacted]ef"},
		{"in other case", "ABCD", "[redacted]"},
		{"as it is", `=p"<w>&é/ x=`, "=[redacted]="},
		{"in a query", "=p%22%3cw%3E%26%C3%a9%2F+x=", "=[redacted]="},
		{"in a path", "=p%22%3Cw%3E&%C3%A9%2F%20x=", "=[redacted]="},
		{"in a page", "=p&#34;&lt;w&gt;&amp;é/ x=", "=[redacted]="},
		{"in a Go error", `=p\"<w>&é/ x=`, "=[redacted]="},
		{"in JSON", `=p\"\u003cw\u003e\u0026é/ x=`, "=[redacted]="},
	}
	for _, test := range tests {
		if got := s.redact(test.text); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestAValueAtTheEndOfACutAnswerIsNotLeftHalf(t *testing.T) {
	// The values are longer than what replaces them, so the half one at the end
	// comes near enough to the beginning to be quoted.
	token := strings.Repeat("T0ken", 200)
	server := record(t, status(http.StatusBadRequest, strings.Repeat(token, 100)))
	err := newGotify(t, server.URL+"/message?token="+token, nil).Finish(t.Context(), failed())
	if err == nil || strings.Contains(err.Error(), "T0ken") {
		t.Errorf("error %v", err)
	}
}

func TestAValueInABrokenAnswerIsNotLeftHalf(t *testing.T) {
	server := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("no such token: " + appToken[:len(appToken)-1]))
	})
	err := newGotify(t, server.URL+"/message?token="+appToken, nil).Finish(t.Context(), failed())
	if err == nil || strings.Contains(err.Error(), appToken[:5]) {
		t.Errorf("error %v", err)
	}
}

// hostile is a server that tells what it was sent in all places of an answer.
type hostile struct{ secret, mode string }

func (h hostile) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	uri := req.RequestURI
	everything := strings.Join([]string{
		h.secret, uri, "http://" + req.Host + uri, strconv.Quote(h.secret), html.EscapeString(h.secret),
		url.QueryEscape(h.secret), strings.ToUpper(h.secret), strings.ToLower(h.secret),
	}, " ")
	switch h.mode {
	case "refuse":
		w.WriteHeader(http.StatusBadRequest)
	case "break":
		w.WriteHeader(http.StatusInternalServerError)
	case "redirect":
		w.Header().Set("Location", "http://"+url.PathEscape(h.secret)+".example"+uri)
		w.WriteHeader(http.StatusFound)
	case "misdirect":
		w.Header().Set("Location", "http://%zz"+h.secret)
		w.WriteHeader(http.StatusFound)
	case "abort":
		panic(http.ErrAbortHandler)
	case "garbage", "reason":
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		line := everything
		if h.mode == "reason" {
			line = "HTTP/1.1 400 " + everything
		}
		fmt.Fprintf(conn, "%s\r\nContent-Length: 0\r\n\r\n", line)
		return
	case "ignore":
		everything = "OK (" + everything + ")"
	}
	fmt.Fprint(w, everything)
}

func TestNoErrorTellsASecret(t *testing.T) {
	modes := []string{"refuse", "break", "redirect", "misdirect", "abort", "garbage", "reason", "ignore", "down", "hang"}
	rapid.Check(t, func(rt *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9._~-]{8,40}|[A-Za-z0-9 "'<>&;:@+/\\%ü€-]{8,20}Z`).Draw(rt, "secret")
		mode := rapid.SampledFrom(modes).Draw(rt, "mode")
		kind := rapid.SampledFrom([]string{"token", "path", "password"}).Draw(rt, "kind")
		var handler http.Handler = hostile{secret, mode}
		if mode == "hang" {
			handler = hang(t)
		}
		server := httptest.NewServer(handler)
		if mode == "down" {
			server.Close()
		} else {
			// A hanging handler ends when its client is gone.
			defer server.Close()
		}
		n := secretive(rt, server.Listener.Addr(), kind, secret)
		impatient(n, 5*time.Second)
		if mode == "hang" {
			impatient(n, 5*time.Millisecond)
		}
		err := n.Finish(t.Context(), Message{Title: "t", Body: "b"})
		if err == nil && (mode != "ignore" || kind != "token") {
			rt.Fatalf("%s: no error", mode)
		}
		var e *Error
		errors.As(err, &e)
		for _, text := range []string{
			fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", e),
			fmt.Sprint(n), fmt.Sprintf("%+v", n), fmt.Sprintf("%#v", n),
		} {
			for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
				if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
					rt.Fatalf("%s: %q is told by %s", mode, form, text)
				}
			}
		}
	})
}

// secretive is a notifier whose address holds the secret somewhere.
func secretive(rt *rapid.T, at net.Addr, kind, secret string) Notifier {
	u := &url.URL{Scheme: "http", Host: at.String(), Path: "/ping/" + checkID}
	construct := Healthchecks
	switch kind {
	case "token":
		u.Path, u.RawQuery = "/message", url.Values{"token": {secret}}.Encode()
		construct = Gotify
	case "path":
		u = u.JoinPath(url.PathEscape(secret))
	case "password":
		u.User = url.UserPassword("someone", secret)
	}
	n, err := construct(u.String(), nil)
	if err != nil {
		rt.Fatalf("%s: %v", u, err)
	}
	return n
}

func TestNoRefusedAddressIsShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9]{12}`).Draw(t, "secret")
		address := rapid.StringMatching(`(https?)?:?/{0,3}[a-z:@%.\[]{0,6}`).Draw(t, "before") + secret +
			rapid.StringMatching(`[a-z:/@%?=;#\n]{0,6}`).Draw(t, "after")
		for _, construct := range []func(string, *http.Client) (Notifier, error){Healthchecks, Gotify} {
			n, err := construct(address, nil)
			var e *Error
			if (err == nil) == (n == nil) || err != nil && !errors.As(err, &e) {
				t.Fatalf("%q: notifier %v and error %v", address, n, err)
			}
			if e != nil && strings.Contains(e.Text+e.Hint, secret) {
				t.Fatalf("%q is told by %#v", secret, e)
			}
		}
	})
}
