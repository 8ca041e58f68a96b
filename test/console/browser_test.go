// Package console tries the console in a real browser.
package console

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

// patience bounds the whole visit.
const patience = 3 * time.Minute

// chromium returns a browser, and skips the test where none is installed.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("SKIPPED: no chromium is installed, so the console was not tried in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(patience))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, done := chromedp.NewContext(ctx)
	t.Cleanup(done)
	return ctx
}

// shoot keeps a picture of the page where SESSD_SCREENSHOTS names a folder.
func shoot(name string, width, height int64, dark bool) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		dir := os.Getenv("SESSD_SCREENSHOTS")
		if dir == "" {
			return nil
		}
		if err := chromedp.EmulateViewport(width, height).Do(ctx); err != nil {
			return err
		}
		if err := emulateScheme(ctx, dark); err != nil {
			return err
		}
		picture, err := page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644)
	})
}

func TestConsoleInABrowser(t *testing.T) {
	ctx := chromium(t)
	d := sessdtest.Start(t, "--http-port", "0", "--requirepass", "open sesame")
	at := "http://" + d.WaitFor(`msg="serving HTTP" addr=(127\.0\.0\.1:\d+)`)[0]
	app := d.Dial(t)
	app.Want("+OK\r\n", "AUTH", "open sesame")
	for i := range 60 {
		app.Do("SESS.CREATE", fmt.Sprint("id-", i), "PRINCIPAL", []string{"alice", "bob", "carol@example.org"}[i%7%3], "FIELDS", "2", "cart", "3 apples", "lang", "en")
		app.Do("SESS.SAVE", fmt.Sprint("id-", i), "cart", "4 apples")
	}
	app.Do("SESS.CREATE", "the-one", "PRINCIPAL", "dave", "FIELDS", "1", "cart", "topsecret")
	var shown string
	run := func(actions ...chromedp.Action) {
		t.Helper()
		if err := chromedp.Run(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	// see runs actions that only look, again where a page takes the place of another meanwhile.
	see := func(actions ...chromedp.Action) {
		t.Helper()
		err := chromedp.Run(ctx, actions...)
		for err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "(-32000)") {
			time.Sleep(100 * time.Millisecond)
			err = chromedp.Run(ctx, actions...)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var problems []string
	chromedp.ListenTarget(ctx, func(event any) {
		if text := fmt.Sprintf("%T", event); strings.Contains(text, "EventExceptionThrown") {
			problems = append(problems, text)
		}
		if _, is := event.(*page.EventJavascriptDialogOpening); is {
			go chromedp.Run(ctx, page.HandleJavaScriptDialog(true))
		}
	})
	logIn := func(password string) []chromedp.Action {
		return []chromedp.Action{chromedp.SetValue(`input[name=password]`, password), chromedp.Submit(`input[name=password]`)}
	}
	run(chromedp.Navigate(at+"/"), chromedp.WaitVisible(`form.login`), shoot("login-phone", 390, 700, false))
	run(logIn("wrong")...)
	see(chromedp.Text(`.problem`, &shown))
	if !strings.Contains(shown, "WRONGPASS") {
		t.Errorf("a wrong password is answered with %q", shown)
	}
	run(logIn("open sesame")...)
	see(chromedp.WaitVisible(`#plots polyline[points]`))

	created := func() (n int) {
		t.Helper()
		run(chromedp.Text(`b[data-figure=sessions]`, &shown))
		n, _ = strconv.Atoi(shown)
		return n
	}
	before := created()
	more := 25
	if os.Getenv("SESSD_SCREENSHOTS") != "" {
		more = 500 // for plots that show something
	}
	for i := range more {
		app.Do("SESS.CREATE", fmt.Sprint("more-", i))
		for range 1 + i%9 + i/40%7 {
			app.Do("SESS.SAVE", fmt.Sprint("more-", i), "n", strconv.Itoa(i))
		}
		app.Do("SESS.SAVE", fmt.Sprint("more-", i), "IFREV", "0", "FIELDS", "1", "n", "conflict")
		time.Sleep(100 * time.Millisecond) // so that several looks see it grow
	}
	run(chromedp.Poll(fmt.Sprintf(`Number(document.querySelector("b[data-figure=sessions]").textContent) === %d`, before+more), nil, chromedp.WithPollingTimeout(patience)))
	var uptime string // the health follows too
	run(chromedp.Text(`[data-health=uptime_in_seconds]`, &uptime))
	if n, _ := strconv.Atoi(uptime); n < 2 {
		t.Errorf("the page that has been open for so long shows an uptime of %q", uptime)
	}
	run(shoot("overview-desk", 1280, 900, false), shoot("overview-dark", 1280, 900, true), shoot("overview-phone", 390, 1400, true))

	run(chromedp.Navigate(at+"/principal?name=dave"), chromedp.WaitVisible(`form[action="/end"] button`), shoot("principal-phone", 390, 700, false), shoot("principal-desk", 1280, 600, false))
	run(chromedp.Click(`td a[href^="/session"]`))
	see(chromedp.WaitVisible(`td.value`), chromedp.Text(`main`, &shown))
	if strings.Contains(shown, "topsecret") || !strings.Contains(shown, "cart") {
		t.Errorf("the session shows %q", shown)
	}
	run(chromedp.Click(`form[action="/session"] button`))
	see(chromedp.WaitNotPresent(`form[action="/session"]`), chromedp.Text(`td.value`, &shown))
	if shown != "topsecret" {
		t.Errorf("the value that was asked for is %q", shown)
	}
	run(chromedp.Navigate(at+"/principal?name=dave"), chromedp.WaitVisible(`td form[action="/end"] button`), chromedp.Click(`td form[action="/end"] button`))
	see(chromedp.WaitNotPresent(`form[action="/end"]`), chromedp.WaitVisible(`main h1`))
	app.Want("-NOSESSION no such session\r\n", "SESS.SAVE", "the-one", "cart", "empty")
	for _, name := range []string{"clients", "slow", "settings"} {
		run(chromedp.Navigate(at+"/"+name), chromedp.WaitVisible(`main h1`), shoot(name+"-desk", 1280, 700, false))
	}
	if len(problems) > 0 {
		t.Errorf("the scripts failed: %q", problems)
	}
}
