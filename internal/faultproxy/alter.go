package faultproxy

import (
	"bytes"
	"fmt"
	"net/http"
)

// The faults that answer in good order, but with something else.

func alterStatus(_ answer, arg setting) answer {
	ans := textAnswer(arg.code, fmt.Sprintf("injected fault: %d %s", arg.code, http.StatusText(arg.code)))
	ans.after = arg.after
	return ans
}

func alterStatusHTML(_ answer, arg setting) answer {
	title := fmt.Sprintf("%d %s", arg.code, http.StatusText(arg.code))
	page := "<html>\r\n<head><title>" + title + "</title></head>\r\n<body><center><h1>" + title + "</h1></center></body>\r\n</html>\r\n"
	return answer{status: arg.code, after: arg.after, ctype: "text/html", body: []byte(page)}
}

func alterStatusBare(_ answer, arg setting) answer {
	return answer{status: arg.code, after: arg.after}
}

func alterPortal(answer, setting) answer { return portal }

// portalPath is where the fault Redirect sends a client.
const portalPath = "/portal/sign-in"

// portal is a captive portal's answer to everything.
var portal = answer{
	status: http.StatusOK,
	ctype:  "text/html; charset=utf-8",
	body: []byte("<!DOCTYPE html>\n<html><head><title>Sign in</title></head>" +
		"<body><h1>Welcome to the guest network</h1><form>Please sign in.</form></body></html>\n"),
}

func alterEmpty(answer, setting) answer {
	return answer{status: http.StatusOK, ctype: "application/octet-stream"}
}

// The answers below may come from a cache: their bodies must not be changed.

func alterTruncate(ans answer, arg setting) answer {
	ans.body = ans.body[:ans.at(arg.share)]
	return ans
}

func alterFlip(ans answer, arg setting) answer {
	if len(ans.body) == 0 {
		return ans
	}
	ans.body = bytes.Clone(ans.body)
	ans.body[min(ans.at(arg.share), len(ans.body)-1)] ^= 0xff
	return ans
}

func alterZeros(ans answer, arg setting) answer {
	ans.body = bytes.Clone(ans.body)
	clear(ans.body[ans.at(arg.share):])
	return ans
}

// at returns the length of a share of the body.
func (a answer) at(share float64) int { return int(share * float64(len(a.body))) }
