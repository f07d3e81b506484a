
use builtin;
use str;

set edit:completion:arg-completer[wharf] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'wharf'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'wharf'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand get 'Download a file, or with -r a whole tree'
            cand put 'Upload files, or with -r whole trees'
            cand ls 'List a directory, or show a file'
            cand tree 'Show a directory and what is below it as a tree'
            cand find 'Find what passes all tests below a directory'
            cand stat 'Show what the server says of a file or directory'
            cand cat 'Print files'
            cand du 'Show how much is in directories, as far as the listings say'
            cand hash 'Show the hashes of files'
            cand rm 'Remove files, or with -r whole trees'
            cand mkdir 'Make directories'
            cand mv 'Rename or move a file or directory on the server'
            cand chmod 'Change permissions, where the server has SITE CHMOD'
            cand touch 'Set the time of files, where the server has MFMT; those that are not there are made'
            cand raw 'Send commands as they are, and show the replies'
            cand bench 'Measure a server and the way to it'
            cand probe 'Show what a server is, and whether its TLS is right'
            cand sync 'Make a tree what another is: from here to a server, from a server to here, or from server to server'
            cand watch 'Keep a place on a server what a folder is'
            cand shell 'Talk to a server, a command on each line'
            cand bookmark 'Keep short names for URLs'
            cand password 'Keep passwords in the system''s keyring'
            cand completions 'Print the script that lets a shell complete the arguments of wharf'
            cand man 'Print the manual page of wharf or of one of its commands, for man(1)'
            cand config 'Look at the configuration of a server'
            cand user 'Look after the file of users that a server reads'
            cand serve 'Serve a folder over FTP'
            cand sessions 'Show who is connected to a server of this machine'
            cand kick 'End sessions of a server of this machine, with what they transfer'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wharf;get'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --segments 'Over how many connections a large file comes at a time, each with a part of it'
            cand -P 'How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --parallel 'How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand -r 'Download a directory with all below it'
            cand --recursive 'Download a directory with all below it'
            cand -c 'Leave out files that are there already with the same size and time, and go on with a tree that was cut: a directory that holds nothing but what the tree has, and a file with the size and time of the tree''s or one that came in part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it'
            cand --continue 'Leave out files that are there already with the same size and time, and go on with a tree that was cut: a directory that holds nothing but what the tree has, and a file with the size and time of the tree''s or one that came in part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it'
            cand --verify 'Compare each file with the server''s by a digest before it gets its name, where the server computes digests; where it does not, that is told'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;put'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand -P 'How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --parallel 'How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand -r 'Upload directories with all below them'
            cand --recursive 'Upload directories with all below them'
            cand -c 'Leave out files that are there already with the same size and time, and go on with a tree that was cut: a directory that holds nothing but what the tree has, and a file with the size and time of the tree''s or one that came in part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it'
            cand --continue 'Leave out files that are there already with the same size and time, and go on with a tree that was cut: a directory that holds nothing but what the tree has, and a file with the size and time of the tree''s or one that came in part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it'
            cand --verify 'Compare each file with the server''s by a digest before it gets its name, where the server computes digests; where it does not, that is told'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;ls'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand -P 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --parallel 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --sort 'What to sort by: name, the largest first, or the newest first'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand -l 'Show permissions, size and time too'
            cand --long 'Show permissions, size and time too'
            cand -a 'Ask for names that begin with a dot, where the server hides them'
            cand --all 'Ask for names that begin with a dot, where the server hides them'
            cand -R 'List what lies below too'
            cand --recursive 'List what lies below too'
            cand -r 'Sort the other way round'
            cand --reverse 'Sort the other way round'
            cand -U 'Show entries as they come, in the server''s order'
            cand --unsorted 'Show entries as they come, in the server''s order'
            cand -0 'Print names as they are, each followed by NUL'
            cand --null 'Print names as they are, each followed by NUL'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;tree'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand -L 'How many levels to show'
            cand --depth 'How many levels to show'
            cand -P 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --parallel 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand -d 'Show directories only'
            cand --dirs 'Show directories only'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;find'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --name 'The name is like this, with *, ? and [abc]; may be repeated, one has to fit'
            cand --iname 'As --name, in any letter case'
            cand --type 'It is a file (f), a directory (d) or a link (l)'
            cand --size 'The size in octets: +10M is more, -1K is less, 512 is just that; may be repeated'
            cand --mtime 'When it was changed: +7d is longer ago, -12h is since then; of s, m, h, d and w, d where none is given'
            cand --maxdepth 'Look at so many levels, the directory''s own entries are the first'
            cand --mindepth 'Leave out so many levels less one'
            cand -P 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --parallel 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand -0 'Print pathnames as they are, each followed by NUL'
            cand --null 'Print pathnames as they are, each followed by NUL'
            cand --print0 'Print pathnames as they are, each followed by NUL'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;stat'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;cat'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --offset 'Begin at this octet'
            cand --length 'Print so many octets of each file at most'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;du'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand -d 'How many levels of directories to show; 0 is the sum only'
            cand --depth 'How many levels of directories to show; 0 is the sum only'
            cand -P 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --parallel 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand -s 'Show the sum only'
            cand --summarize 'Show the sum only'
            cand -h 'Show sizes with units'
            cand --human 'Show sizes with units'
            cand --help 'Print help'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
        }
        &'wharf;hash'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand -a 'Which hash'
            cand --algorithm 'Which hash'
            cand --expect 'The hash that the files are to have, in hexadecimal'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;rm'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand -P 'How many connections to remove trees over; a server that allows fewer gets fewer'
            cand --parallel 'How many connections to remove trees over; a server that allows fewer gets fewer'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand -r 'Remove directories with all below them; links are removed and not followed'
            cand --recursive 'Remove directories with all below them; links are removed and not followed'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;mkdir'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand -p 'Make the directories above it too, and be content if it is there'
            cand --parents 'Make the directories above it too, and be content if it is there'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;mv'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;chmod'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand -R 'Change all below a directory too; links are left as they are'
            cand --recursive 'Change all below a directory too; links are left as they are'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;touch'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand -d 'The time to set, such as 2026-11-23T10:00:00Z [default: now]'
            cand --date 'The time to set, such as 2026-11-23T10:00:00Z [default: now]'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand -c 'Make no file'
            cand --no-create 'Make no file'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;raw'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;bench'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand -t 'How long each speed is measured'
            cand --for 'How long each speed is measured'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;probe'= {
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --write 'Upload a small file to the directory to see the server''s clock by it, and remove it again'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;sync'= {
            cand --delete 'Delete from DST what SRC does not have, before the copies or after them'
            cand --max-delete 'Do nothing at all if more entries than this would be deleted, or more than this part of DST: 100, 10%. Without it, nothing is done where SRC is empty and DST is not; 100% says that it is meant'
            cand --exclude 'Leave out what the pattern matches: ''*.tmp'' at any depth, ''/cache/'' a directory in SRC, ''a/**/b''; of several patterns, the first that matches decides'
            cand --include 'Take what the pattern matches, before what a later --exclude leaves out'
            cand --modify-window 'Times that differ by no more than this are the same: 2 for FAT'
            cand --save-plan 'Write what would be done to a file, for --plan'
            cand --plan 'Do what a plan says, where nothing has changed since: one written by --dry-run --save-plan'
            cand --connections 'How many entries are worked on at a time, each on a connection of its own'
            cand --dst-password-file 'The file that holds the password for DST, where SRC is on a server too'
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand -n 'Show what would be done, and do nothing'
            cand --dry-run 'Show what would be done, and do nothing'
            cand --delete-excluded 'Delete from DST what is excluded, too'
            cand -u 'Leave files alone that are newer in DST'
            cand --update 'Leave files alone that are newer in DST'
            cand --newer 'Leave files alone that are newer in DST'
            cand --existing 'Copy nothing that DST does not have'
            cand --ignore-existing 'Leave alone whatever DST has'
            cand -c 'Tell files apart by their digests, which the server computes, and not by their times'
            cand --checksum 'Tell files apart by their digests, which the server computes, and not by their times'
            cand --size-only 'Tell files apart by their sizes alone'
            cand --no-times 'Do not set the times of copies'
            cand --in-place 'Write over files that are there, and not under another name first: faster, but half a file may be found meanwhile'
            cand --fxp 'Between two servers, have the octets go from one to the other, where both allow it; not under TLS'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;watch'= {
            cand --max-delete 'Delete nothing at once if it would be more entries than this, or more than this part of all: 100, 10%'
            cand --exclude 'Leave out what the pattern matches: ''*.tmp'' at any depth, ''/cache/'' a directory in SRC, ''a/**/b''; of several patterns, the first that matches decides'
            cand --include 'Take what the pattern matches, before what a later --exclude leaves out'
            cand --quiet-for 'How long the folder is to be quiet before changes follow, in milliseconds'
            cand --poll 'Look at the folder so often, where the system does not tell of changes, as with folders of other machines'
            cand --connections 'How many entries are worked on at a time, each on a connection of its own'
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --delete 'Delete from the server what the folder does not have'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;shell'= {
            cand --active-address 'The address that the server is told to connect to, where a translator stands before this machine'
            cand --active-ports 'The ports to await the server''s connections on [default: any]'
            cand --passive 'Use only this form of passive data connections [default: epsv, then pasv]'
            cand --limit-rate 'The most octets a second to move; K, M, G and T are 1024 and its powers'
            cand --password-file 'The file that holds the password'
            cand --timeout 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]'
            cand --charset 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]'
            cand --bind 'Make connections from this address, or from those of this interface'
            cand --proxy 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]'
            cand --ca-file 'Trust the authorities in this PEM file, and no others [default: those of the system]'
            cand --pin 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated'
            cand --client-cert 'The certificate that shows the server who you are, in PEM'
            cand --client-key 'The private key of that certificate, in PEM'
            cand --active 'Have the server make the data connections'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show each command and reply'
            cand --verbose 'Show each command and reply'
            cand --no-proxy 'Connect straight, whatever the environment says'
            cand --tls-trust-first-use 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
            cand --insecure 'Trust any certificate: anybody in the middle can read and change everything, the password too'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;bookmark'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Keep a name for a URL, in place of the one it had'
            cand list 'Show all names'
            cand rm 'Forget a name'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wharf;bookmark;add'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;bookmark;list'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;bookmark;rm'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;bookmark;help'= {
            cand add 'Keep a name for a URL, in place of the one it had'
            cand list 'Show all names'
            cand rm 'Forget a name'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wharf;bookmark;help;add'= {
        }
        &'wharf;bookmark;help;list'= {
        }
        &'wharf;bookmark;help;rm'= {
        }
        &'wharf;bookmark;help;help'= {
        }
        &'wharf;password'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand set 'Keep a password, in place of the one that was there'
            cand rm 'Forget a password'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wharf;password;set'= {
            cand --password-file 'The file that holds the password; - is standard input'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;password;rm'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;password;help'= {
            cand set 'Keep a password, in place of the one that was there'
            cand rm 'Forget a password'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wharf;password;help;set'= {
        }
        &'wharf;password;help;rm'= {
        }
        &'wharf;password;help;help'= {
        }
        &'wharf;completions'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;man'= {
            cand --into 'Write all pages into this directory'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;config'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand check 'Say what is wrong with a file, as `wharf serve` would find it: with the line, and what was probably meant'
            cand example 'Print a configuration with all that can be said, and a word on each'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wharf;config;check'= {
            cand --set 'A value over that of the file, such as limits.sessions=100; may be repeated'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;config;example'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;config;help'= {
            cand check 'Say what is wrong with a file, as `wharf serve` would find it: with the line, and what was probably meant'
            cand example 'Print a configuration with all that can be said, and a word on each'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wharf;config;help;check'= {
        }
        &'wharf;config;help;example'= {
        }
        &'wharf;config;help;help'= {
        }
        &'wharf;user'= {
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Add a user'
            cand passwd 'Give a user another password'
            cand rm 'Take a user out'
            cand list 'Show the names of all users'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wharf;user;add'= {
            cand --file 'The file of users; with --config too, which one of those that it names'
            cand --config 'The configuration that names the file of users, and has the groups'
            cand --host 'A name of the virtual host whose file of users it is'
            cand --password-file 'The file that holds the password; - is standard input'
            cand --root 'The folder that is served, unless a group says it'
            cand --group 'A group of the configuration whose settings the user has; may be repeated'
            cand --write 'Let the user change everything; what a group says or else listing and reading is permitted without'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;user;passwd'= {
            cand --file 'The file of users; with --config too, which one of those that it names'
            cand --config 'The configuration that names the file of users, and has the groups'
            cand --host 'A name of the virtual host whose file of users it is'
            cand --password-file 'The file that holds the password; - is standard input'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;user;rm'= {
            cand --file 'The file of users; with --config too, which one of those that it names'
            cand --config 'The configuration that names the file of users, and has the groups'
            cand --host 'A name of the virtual host whose file of users it is'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;user;list'= {
            cand --file 'The file of users; with --config too, which one of those that it names'
            cand --config 'The configuration that names the file of users, and has the groups'
            cand --host 'A name of the virtual host whose file of users it is'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wharf;user;help'= {
            cand add 'Add a user'
            cand passwd 'Give a user another password'
            cand rm 'Take a user out'
            cand list 'Show the names of all users'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wharf;user;help;add'= {
        }
        &'wharf;user;help;passwd'= {
        }
        &'wharf;user;help;rm'= {
        }
        &'wharf;user;help;list'= {
        }
        &'wharf;user;help;help'= {
        }
        &'wharf;serve'= {
            cand --config 'The file that says everything: see `wharf config example`. It is read again when it changes, and on SIGHUP'
            cand --set 'A value over that of the file, such as limits.sessions=100; may be repeated'
            cand --user 'The name of the one user'
            cand --password-file 'The file that holds the user''s password, in place of one made up; - is standard input'
            cand --host 'Name or address to listen on; may be repeated [default: this machine only]'
            cand --port 'Port to listen on; 0 is any free one'
            cand --family 'Which addresses of a host to listen on; auto is both'
            cand --passive-ports 'Ports for passive data connections, such as 21000-21099 [default: any free one]'
            cand --passive-address 'IPv4 address for PASV to name, where clients see another one than this machine does'
            cand --idle-timeout 'How long a session may do nothing'
            cand --login-timeout 'How long a login may take'
            cand --shutdown-timeout 'How long running transfers may take to finish when the server is told to end'
            cand --max-sessions 'How many sessions there may be at a time'
            cand --log-format 'What a line of the log looks like [default: text, or what the file says]'
            cand --tls-cert 'Certificate chain in PEM, the server''s own first. May be repeated, each with its --tls-key; a client gets the one for the name it asks for. Changed files are read again'
            cand --tls-key 'The private key of the certificate, in PEM'
            cand --tls 'Whether clients must use TLS [default: required with a certificate, --implicit-port or --tls-client-ca, else off]'
            cand --tls-resume 'Whether data connections must resume the TLS session of their control connection'
            cand --implicit-port 'Port on which TLS begins at once, commonly 990; 0 is any free one'
            cand --tls-client-ca 'Ask clients for a certificate that an authority in this PEM file has signed. It comes on top of the password'
            cand --tls-client-cert 'Whether clients must have such a certificate'
            cand --check 'Serve nothing: say what clients would be told of the server''s addresses and ports, what a firewall must let pass, and what will not work'
            cand --memory 'Serve an empty tree in memory, which ends with the program and holds 1 GiB at most. Implies --write'
            cand --write 'Let clients also create, change and delete files. What unfinished uploads of a server that crashed have left is removed'
            cand --anonymous 'Let anybody in, as `anonymous` or `ftp` with any password, in place of the one user'
            cand --no-tree-streams 'Do not let clients move whole trees through one data connection'
            cand -q 'Log errors only'
            cand --quiet 'Log errors only'
            cand -v 'Log each command and reply'
            cand --verbose 'Log each command and reply'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;sessions'= {
            cand --socket 'The server''s control socket'
            cand --config 'The server''s configuration, which names its control socket'
            cand --lift 'Take this ban back, as --bans shows it: "address 192.0.2.7", "user anna" or, of a virtual host, "host ftp.example.org user anna"; the address or the name alone will do where only one ban has it'
            cand --bans 'Show who is banned in place of who is there'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;kick'= {
            cand --user 'All sessions of this user, who is of no virtual host unless --host says so'
            cand --host 'The virtual host whose user is meant, as `wharf sessions` shows it'
            cand --socket 'The server''s control socket'
            cand --config 'The server''s configuration, which names its control socket'
            cand --json 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wharf;help'= {
            cand get 'Download a file, or with -r a whole tree'
            cand put 'Upload files, or with -r whole trees'
            cand ls 'List a directory, or show a file'
            cand tree 'Show a directory and what is below it as a tree'
            cand find 'Find what passes all tests below a directory'
            cand stat 'Show what the server says of a file or directory'
            cand cat 'Print files'
            cand du 'Show how much is in directories, as far as the listings say'
            cand hash 'Show the hashes of files'
            cand rm 'Remove files, or with -r whole trees'
            cand mkdir 'Make directories'
            cand mv 'Rename or move a file or directory on the server'
            cand chmod 'Change permissions, where the server has SITE CHMOD'
            cand touch 'Set the time of files, where the server has MFMT; those that are not there are made'
            cand raw 'Send commands as they are, and show the replies'
            cand bench 'Measure a server and the way to it'
            cand probe 'Show what a server is, and whether its TLS is right'
            cand sync 'Make a tree what another is: from here to a server, from a server to here, or from server to server'
            cand watch 'Keep a place on a server what a folder is'
            cand shell 'Talk to a server, a command on each line'
            cand bookmark 'Keep short names for URLs'
            cand password 'Keep passwords in the system''s keyring'
            cand completions 'Print the script that lets a shell complete the arguments of wharf'
            cand man 'Print the manual page of wharf or of one of its commands, for man(1)'
            cand config 'Look at the configuration of a server'
            cand user 'Look after the file of users that a server reads'
            cand serve 'Serve a folder over FTP'
            cand sessions 'Show who is connected to a server of this machine'
            cand kick 'End sessions of a server of this machine, with what they transfer'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wharf;help;get'= {
        }
        &'wharf;help;put'= {
        }
        &'wharf;help;ls'= {
        }
        &'wharf;help;tree'= {
        }
        &'wharf;help;find'= {
        }
        &'wharf;help;stat'= {
        }
        &'wharf;help;cat'= {
        }
        &'wharf;help;du'= {
        }
        &'wharf;help;hash'= {
        }
        &'wharf;help;rm'= {
        }
        &'wharf;help;mkdir'= {
        }
        &'wharf;help;mv'= {
        }
        &'wharf;help;chmod'= {
        }
        &'wharf;help;touch'= {
        }
        &'wharf;help;raw'= {
        }
        &'wharf;help;bench'= {
        }
        &'wharf;help;probe'= {
        }
        &'wharf;help;sync'= {
        }
        &'wharf;help;watch'= {
        }
        &'wharf;help;shell'= {
        }
        &'wharf;help;bookmark'= {
            cand add 'Keep a name for a URL, in place of the one it had'
            cand list 'Show all names'
            cand rm 'Forget a name'
        }
        &'wharf;help;bookmark;add'= {
        }
        &'wharf;help;bookmark;list'= {
        }
        &'wharf;help;bookmark;rm'= {
        }
        &'wharf;help;password'= {
            cand set 'Keep a password, in place of the one that was there'
            cand rm 'Forget a password'
        }
        &'wharf;help;password;set'= {
        }
        &'wharf;help;password;rm'= {
        }
        &'wharf;help;completions'= {
        }
        &'wharf;help;man'= {
        }
        &'wharf;help;config'= {
            cand check 'Say what is wrong with a file, as `wharf serve` would find it: with the line, and what was probably meant'
            cand example 'Print a configuration with all that can be said, and a word on each'
        }
        &'wharf;help;config;check'= {
        }
        &'wharf;help;config;example'= {
        }
        &'wharf;help;user'= {
            cand add 'Add a user'
            cand passwd 'Give a user another password'
            cand rm 'Take a user out'
            cand list 'Show the names of all users'
        }
        &'wharf;help;user;add'= {
        }
        &'wharf;help;user;passwd'= {
        }
        &'wharf;help;user;rm'= {
        }
        &'wharf;help;user;list'= {
        }
        &'wharf;help;serve'= {
        }
        &'wharf;help;sessions'= {
        }
        &'wharf;help;kick'= {
        }
        &'wharf;help;help'= {
        }
    ]
    $completions[$command]
}
