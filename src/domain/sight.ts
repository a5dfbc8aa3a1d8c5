/** What a viewer may see, as filters of the schema's own form (FileFilter, DidFilter); all where there is none. Rules on hidden files and collections are hidden, too. */
export interface Sight { readonly files?: object; readonly collections?: object }
