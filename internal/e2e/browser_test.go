//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"
)

// sight is what a browser shows of a page on a phone, 360 pixels wide.
type sight struct {
	Width int    // that the page needs
	Rows  int    // objects
	Marks int    // restore points
	Drawn int    // of them, with a size and inside of the page
	Text  string // its heading
}

// phone shows the page in a frame as wide as a phone, and writes what it sees there.
const phone = `<!DOCTYPE html><body><iframe src="/page" width="360" height="3000" style="border:0" onload="see(this)"></iframe><pre></pre><script>
function see(frame) {
  const page = frame.contentDocument, marks = [...page.querySelectorAll("svg.time svg > :not(title)")].map(m => m.getBoundingClientRect());
  document.querySelector("pre").textContent = JSON.stringify({
    Width: page.documentElement.scrollWidth, Rows: page.querySelectorAll("tbody").length, Marks: marks.length,
    Drawn: marks.filter(m => m.width > 4 && m.left >= 0 && m.right <= 360).length, Text: page.querySelector("h1").textContent });
}
</script>`

// look opens a page in a real browser, on a phone and in both colour schemes. It is an error if the page asks for anything but
// itself. Where the machine has no browser that opens so much as an empty page, that is said, and nothing is seen.
func look(t *testing.T, page string) (seen sight, ok bool) {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err == nil {
		_, err = browse(t, browser, "--dump-dom", "about:blank")
	}
	if err != nil {
		t.Logf("NO BROWSER WORKS ON THIS MACHINE, so that nobody has looked at the page: %v", err)
		return sight{}, false
	}
	open := func(args ...string) string {
		t.Helper()
		out, err := browse(t, browser, args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	var mu sync.Mutex
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		switch r.URL.Path {
		case "/page":
			http.ServeFile(w, r, page)
		case "/phone":
			fmt.Fprint(w, phone)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for scheme, want := range map[string]color.RGBA{"1": {0xf7, 0xf7, 0xf5, 0xff}, "0": {0x16, 0x18, 0x1a, 0xff}} {
		shot := filepath.Join(t.TempDir(), "shot.png")
		open("--window-size=1000,800", "--hide-scrollbars", "--blink-settings=preferredColorScheme="+scheme, "--screenshot="+shot, server.URL+"/page")
		if got := ground(t, shot); got != want {
			t.Errorf("the ground of scheme %s is %v, want %v", scheme, got, want)
		}
	}
	mu.Lock()
	if others := slices.DeleteFunc(slices.Clone(asked), func(path string) bool { return path == "/page" }); len(others) > 0 || len(asked) == 0 {
		t.Errorf("the page made the browser ask for %q, of %d requests", others, len(asked))
	}
	mu.Unlock()
	dump := open("--dump-dom", server.URL+"/phone")
	found := regexp.MustCompile(`<pre>(.+)</pre>`).FindStringSubmatch(dump)
	if found == nil {
		t.Fatalf("the browser shows nothing: %s", dump)
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(found[1])), &seen); err != nil {
		t.Fatal(err)
	}
	return seen, true
}

// browse runs the browser without a screen, and returns what it prints. Browsers may hang as they start, so there is a second try.
func browse(t *testing.T, browser string, args ...string) (string, error) {
	t.Helper()
	out, err := browseOnce(t, browser, args...)
	if err != nil {
		out, err = browseOnce(t, browser, args...)
	}
	return out, err
}

func browseOnce(t *testing.T, browser string, args ...string) (string, error) {
	t.Helper()
	flags := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir=" + t.TempDir()}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, append(flags, args...)...)
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("open a page in a browser: %w\n%s", err, out)
	}
	return string(out), nil
}

// ground is the colour of the first pixel of a picture.
func ground(t *testing.T, path string) color.RGBA {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	bounds := picture.Bounds()
	if bounds.Size() == (image.Point{}) {
		t.Fatal("the picture is empty")
	}
	r, g, b, a := picture.At(bounds.Min.X, bounds.Min.Y).RGBA()
	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}
}
