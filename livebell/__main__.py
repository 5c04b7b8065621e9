from livebell.cli import main

main()
