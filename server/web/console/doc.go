// Package console is the pages by which people look after a server in a browser.
//
// Every login has a connection of its own to the server, on which it gave its name and password as any client does. So
// each page and each button runs commands that the rules of its user allow, and guessers wait as with AUTH. A user who is
// deleted loses the connection, and with it the login.
//
// The login is a session in the server as well. A cookie of 256 random bits leads to it by its SHA-256, and an operator
// ends it like any session. Its connection is kept in memory alone, so a session that somebody forges opens nothing.
//
// Pages never have the id of a session. They name it by principal and handle.
package console
