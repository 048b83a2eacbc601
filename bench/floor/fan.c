/* The floor of live fan-out: what the kernel alone takes to accept connections and to send the same bytes to all.
 *
 * Prints its port, then obeys lines on stdin:
 *   accept N     accept N connections                                    -> "N"
 *   send LEN     LEN bytes follow; send(2) them to each connection       -> seconds of the loop
 *   serve N LEN  LEN bytes follow; accept N connections and answer each with them once it has asked -> seconds
 * One descriptor a connection and nothing else. Built by the bench with cc -O2.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int door, *peers, count, room;

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void keep(int fd) {
    if (count == room && !(peers = realloc(peers, sizeof(int) * (room = room ? room * 2 : 1024)))) die("realloc");
    peers[count++] = fd;
}

static char *body(long length) {
    char *data = malloc(length + 1);
    for (long got = 0, n; got < length; got += n)
        if ((n = read(0, data + got, length - got)) <= 0) die("read");
    return data;
}

static double spread(const char *data, long length) {
    double begun = now();
    for (int i = 0; i < count; i++)
        if (send(peers[i], data, length, MSG_NOSIGNAL | MSG_DONTWAIT) != length) die("send");
    return now() - begun;
}

static double serve(long wanted, const char *data, long length) {
    static char asked[8192];
    struct epoll_event event = {.events = EPOLLIN}, ready[256];
    int poll = epoll_create1(0);
    long served = 0;
    double begun = 0;
    event.data.fd = door;
    epoll_ctl(poll, EPOLL_CTL_ADD, door, &event);
    while (served < wanted) {
        int found = epoll_wait(poll, ready, 256, -1);
        for (int i = 0; i < found; i++) {
            int fd = ready[i].data.fd;
            if (fd != door) {
                if (read(fd, asked, sizeof asked) <= 0) continue;
                if (send(fd, data, length, MSG_NOSIGNAL) != length) die("send");
                served++;
                continue;
            }
            while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                if (!begun) begun = now();
                keep(fd);
                event.data.fd = fd;
                epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
    close(poll);
    return now() - begun;
}

int main(int argc, char **argv) {
    struct rlimit limit;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int on = 1, buffer = 128 * 1024;
    char line[128];
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (argc > 1) at.sin_port = htons(atoi(argv[1]));
    door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(door, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    setsockopt(door, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    setsockopt(door, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&at, sizeof at) || listen(door, 4096)) die("listen");
    getsockname(door, (struct sockaddr *)&at, &size);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    setvbuf(stdin, NULL, _IONBF, 0);
    while (fgets(line, sizeof line, stdin)) {
        long number = 0, length = 0;
        if (sscanf(line, "accept %ld", &number) == 1) {
            struct epoll_event event = {.events = EPOLLIN};
            int poll = epoll_create1(0);
            epoll_ctl(poll, EPOLL_CTL_ADD, door, &event);
            for (long left = number; left;) {
                int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK);
                if (fd >= 0) keep(fd), left--;
                else epoll_wait(poll, &event, 1, -1);
            }
            close(poll);
            printf("%d\n", count);
        } else if (sscanf(line, "send %ld", &length) == 1) {
            char *data = body(length);
            printf("%.9f\n", spread(data, length));
            free(data);
        } else if (sscanf(line, "serve %ld %ld", &number, &length) == 2) {
            char *data = body(length);
            printf("%.9f\n", serve(number, data, length));
            free(data);
        }
        fflush(stdout);
    }
    return 0;
}
