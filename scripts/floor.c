/*
 * floor PORT [THREADS]: the least that a server on epoll can spend on a PING.
 *
 * It reads, counts, writes: what is left is the kernel's share, the floor under every real server. So it
 * takes short cuts that no server may take:
 *   - it parses nothing: three line ends make a PING, the frame "*1 $4 PING" that sessd-bench sends, and any
 *     other request is miscounted;
 *   - it answers +PONG to everything and closes a connection that does not take its answers at once;
 *   - it has no limits, no statistics, no time, and it listens on the loopback interface alone.
 *
 * Non-blocking sockets, level-triggered epoll, one loop in each thread, no calls but epoll_wait, read and
 * write per request. The first thread accepts and deals connections out in turn.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 16384, LINES_PER_PING = 3, EVENTS = 256, MAX_THREADS = 64, MAX_FDS = 1 << 20 };

static const char pong[] = "+PONG\r\n";
enum { PONG_SIZE = sizeof pong - 1 };

static int loops[MAX_THREADS];
static int threads = 1;
static int listener = -1;

/* Line ends of an unfinished PING, by descriptor: a frame may end anywhere in a read. */
static unsigned char lines[MAX_FDS];

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void accept_all(void)
{
	static int turn;
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
				return;
			die("accept");
		}
		if (fd >= MAX_FDS) {
			close(fd);
			continue;
		}
		int on = 1;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		lines[fd] = 0;
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
		if (epoll_ctl(loops[turn++ % threads], EPOLL_CTL_ADD, fd, &event) < 0)
			die("epoll_ctl");
	}
}

static void answer(int fd, const char *in, ssize_t size, char *out)
{
	unsigned ends = lines[fd];
	for (ssize_t i = 0; i < size; i++)
		ends += in[i] == '\n';
	ssize_t bytes = (ssize_t)(ends / LINES_PER_PING) * PONG_SIZE;
	lines[fd] = ends % LINES_PER_PING;
	if (bytes > 0 && write(fd, out, bytes) != bytes)
		close(fd);
}

static void *loop(void *argument)
{
	int epoll = *(int *)argument;
	static const size_t most = READ_SIZE / LINES_PER_PING + 1;
	char *in = malloc(READ_SIZE), *out = malloc(most * PONG_SIZE);
	if (!in || !out)
		die("malloc");
	for (size_t i = 0; i < most; i++)
		memcpy(out + i * PONG_SIZE, pong, PONG_SIZE);
	struct epoll_event events[EVENTS];
	for (;;) {
		int ready = epoll_wait(epoll, events, EVENTS, -1);
		if (ready < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < ready; i++) {
			int fd = events[i].data.fd;
			if (fd == listener) {
				accept_all();
				continue;
			}
			ssize_t size = read(fd, in, READ_SIZE);
			if (size > 0)
				answer(fd, in, size, out);
			else if (size == 0 || (errno != EAGAIN && errno != EINTR))
				close(fd);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 2 || (argc > 2 && ((threads = atoi(argv[2])) < 1 || threads > MAX_THREADS))) {
		fprintf(stderr, "usage: floor PORT [THREADS, 1 to %d]\n", MAX_THREADS);
		return 2;
	}
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0)
		die("listen");
	for (int i = 0; i < threads; i++)
		if ((loops[i] = epoll_create1(EPOLL_CLOEXEC)) < 0)
			die("epoll_create1");
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
	if (epoll_ctl(loops[0], EPOLL_CTL_ADD, listener, &event) < 0)
		die("epoll_ctl");
	for (int i = 1; i < threads; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, loop, &loops[i]) != 0)
			die("pthread_create");
	}
	loop(&loops[0]);
}
