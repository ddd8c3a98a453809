package ostest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// systemLimit is how large the archive of a system may be.
const systemLimit = 1 << 20

// os answers what Incus passes on to IncusOS.
func (h *Host) os(w http.ResponseWriter, r *http.Request, path, member string) {
	name, below, _ := strings.Cut(strings.TrimPrefix(path, "/applications/"), "/")
	app := h.Apps[name]
	get := r.Method == http.MethodGet
	switch {
	case path == "" && get:
		reply(w, map[string]any{"environment": map[string]any{"hostname": h.Hostname, "machine_id": h.MachineID, "os_name": "IncusOS",
			"os_version": "202603100000", "system_is_ready": true, "uptime": h.uptime}})
	case path == "/applications" && get:
		var urls []string
		for _, name := range slices.Sorted(maps.Keys(h.Apps)) {
			urls = append(urls, "/os/1.0/applications/"+name)
		}
		reply(w, urls)
	case strings.HasPrefix(path, "/applications/") && app == nil:
		refuse(w, http.StatusNotFound, "not found")
	case app != nil && below == "" && get:
		reply(w, map[string]any{"state": map[string]any{"version": app.Version, "friendly_version": "6.17", "available_versions": app.Available,
			"is_primary": app.Primary, "initialized": true, "last_restored": app.restored}, "config": map[string]any{}})
	case path == "/system/:backup":
		h.archive(w, &App{Files: h.System}, member)
	case app != nil && below == ":backup":
		h.archive(w, app, member)
	case path == "/system/:restore":
		h.restore(w, r, nil)
	case path == "/system/:factory-reset":
		h.obey(w, h.reboot)
	case app != nil && below == ":restore":
		h.restore(w, r, app)
	case app != nil && (below == ":restart" || below == ":factory-reset"):
		h.obey(w, func() {})
	case app != nil && below == ":switch-version":
		h.switchVersion(w, r, app)
	case get:
		refuse(w, http.StatusNotFound, "not found")
	default:
		refuse(w, http.StatusNotImplemented, "not implemented")
	}
}

// archive sends one. Its real content type is only the second one that stands in the header, and gone where a member was asked.
func (h *Host) archive(w http.ResponseWriter, app *App, member string) {
	switch {
	case app.NoState:
		refuse(w, http.StatusInternalServerError, "not supported")
		return
	case h.Says != "":
		_, _ = io.WriteString(w, h.Says)
		return
	}
	if member == "" {
		w.Header().Add("Content-Type", "application/gzip")
	}
	data := Tarball(app.Files)
	if app.Breaks != "" {
		data = append(data[:len(data)/2:len(data)/2], failure(http.StatusInternalServerError, app.Breaks)...)
	}
	_, _ = w.Write(data[:1])
	_ = http.NewResponseController(w).Flush() // chunked: no length is told
	_, _ = w.Write(data[1:])
}

// restore takes an archive: of the system, or of an application.
func (h *Host) restore(w http.ResponseWriter, r *http.Request, app *App) {
	if strings.Contains(r.Header.Get("Content-Type"), "form") {
		refuse(w, http.StatusInternalServerError, "EOF") // the parser of forms has eaten the body
		return
	}
	limit := h.BodyLimit
	if limit == 0 {
		limit = 10 * time.Second
	}
	late := time.AfterFunc(limit, func() { _ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) })
	body, err := io.ReadAll(r.Body)
	late.Stop()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		refuse(w, http.StatusInternalServerError, "read unix /run/incus-os/unix.socket->@: i/o timeout")
		return
	case err != nil:
		return
	case app == nil && len(body) > systemLimit:
		w.WriteHeader(http.StatusBadGateway)
		return
	case !bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		refuse(w, http.StatusInternalServerError, "gzip: invalid header")
		return
	}
	h.obey(w, func() {
		if app == nil {
			h.reboot()
			return
		}
		h.restored = h.restored.Add(time.Minute)
		app.restored = h.restored
	})
}

func (h *Host) switchVersion(w http.ResponseWriter, r *http.Request, app *App) {
	var order struct{ Version string }
	_ = json.NewDecoder(r.Body).Decode(&order) // no body means the version before
	if order.Version == "" && len(app.Available) > 1 {
		order.Version = app.Available[1]
	}
	if !slices.Contains(app.Available, order.Version) {
		refuse(w, http.StatusBadRequest, "cannot switch application to version '"+order.Version+"' because it does not exist locally")
		return
	}
	h.obey(w, func() { app.Version = order.Version })
}

// reboot is what an order to the system ends with.
func (h *Host) reboot() { h.uptime = min(30, h.uptime/2) }

// obey takes an order. What it does comes later: until then the old process answers.
func (h *Host) obey(w http.ResponseWriter, effect func()) {
	if h.Refuses != "" {
		refuse(w, http.StatusInternalServerError, h.Refuses)
		return
	}
	if !h.Ignores {
		h.pending, h.patience = effect, lateAnswers
	}
	switch {
	case h.Hangs:
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	case h.Answers502:
		w.WriteHeader(http.StatusBadGateway)
	default:
		reply(w, map[string]any{})
	}
}

// restart ends the process that answers and lets another one come back at the same address after a while.
func (h *Host) restart() {
	effect := h.pending
	h.pending = nil
	old := h.server
	h.restarts.Go(func() {
		_ = old.Close()
		again := time.NewTimer(downtime)
		<-again.C
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.closed || h.NeverBack {
			return
		}
		effect()
		h.pid, h.stranger = h.pid+1, h.LosesTrust
		if h.NewIdentity {
			h.renew()
		}
		h.listen(h.address)
	})
}
